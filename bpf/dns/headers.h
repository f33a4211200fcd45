/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * From the first byte of an IP header to the first byte behind UDP's or TCP's, in whatever sees packets: programs, and the addon, which includes
 * this as C++ with a packet of its own (src/native/src/packet_bytes.h). All of it may be forged.
 */
#ifndef CONNTRAIL_DNS_HEADERS_H
#define CONNTRAIL_DNS_HEADERS_H

#ifdef __bpf__
#include <bpf/bpf_endian.h>

#include "compat.h"

#define CT_SKB struct __sk_buff
#endif
#include "frames.h"

#define CT_IP_MORE_FRAGMENTS 0x2000 /* include/net/ip.h: IP_MF, IP_OFFSET */
#define CT_IP_OFFSET 0x1fff
#define CT_IP6_OFFSET 0xfff8 /* include/net/ipv6.h */

/* Extension headers (include/uapi/linux/in6.h, ipv6.h): more than any packet has that a host makes. */
#define CT_EXTENSIONS 8
#define CT_NEXT_HOP 0
#define CT_NEXT_ROUTING 43
#define CT_NEXT_FRAGMENT 44
#define CT_NEXT_AUTH 51
#define CT_NEXT_DEST 60
#define CT_NEXT_MOBILITY 135
#define CT_NEXT_HIP 139
#define CT_NEXT_SHIM6 140

/* RFC 9293 §3.1, with its flags as a byte. */
struct ct_tcp_header {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack;
	__u8 offset; /* words of the header, in the upper half */
	__u8 flags;
	__be16 window;
	__be16 check;
	__be16 urgent;
};

enum ct_walked {
	CT_WALKED_OTHER, /* neither UDP nor TCP */
	CT_WALKED_FRAGMENT, /* a later one of UDP or TCP */
	CT_WALKED_BROKEN, /* its headers are more than are walked, or end before they are whole */
	CT_WALKED_PORTS,
};

/* A packet of UDP or TCP. Places are counted from where the program's packet begins. */
struct ct_packet {
	__u8 source[16]; /* network order; IPv4 in the first 4 bytes */
	__u8 dest[16];
	__u16 source_port; /* host order */
	__u16 dest_port;
	__u8 family;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 reserved;
	__u32 at; /* of the transport header; then of the payload */
	__u32 end; /* of the packet as its IP header tells it */
	__u32 tcp_seq;
	__u32 wire_length; /* payload bytes as the headers tell them */
};

static __always_inline enum ct_walked ct_walk_v4(CT_SKB *skb, __u32 at, struct ct_packet *p)
{
	struct iphdr header;
	__u32 length, total, fragment;

	if (bpf_skb_load_bytes(skb, at, &header, sizeof(header)))
		return CT_WALKED_BROKEN;
	length = header.ihl * 4;
	if (header.protocol != CT_DNS_UDP && header.protocol != CT_DNS_TCP)
		return CT_WALKED_OTHER;
	fragment = bpf_ntohs(header.frag_off);
	if (fragment & CT_IP_OFFSET)
		return CT_WALKED_FRAGMENT;
	total = bpf_ntohs(header.tot_len);
	/* 0: longer than it can say (BIG TCP, b1a78b9b9886, 6.3). */
	if (length < sizeof(header) || (total && total < length))
		return CT_WALKED_BROKEN;
	__builtin_memset(p->source, 0, sizeof(p->source));
	__builtin_memset(p->dest, 0, sizeof(p->dest));
	__builtin_memcpy(p->source, &header.saddr, sizeof(header.saddr));
	__builtin_memcpy(p->dest, &header.daddr, sizeof(header.daddr));
	p->family = CT_DNS_IPV4;
	p->protocol = header.protocol;
	p->at = at + length;
	p->end = total ? at + total : skb->len;
	return CT_WALKED_PORTS;
}

/* Where a header of RFC 8200 §4, with its length in units of 8 bytes beyond the first 8, is followed by another one. */
static __always_inline bool ct_is_extension(__u8 next)
{
	return next == CT_NEXT_HOP || next == CT_NEXT_ROUTING || next == CT_NEXT_DEST || next == CT_NEXT_MOBILITY ||
	       next == CT_NEXT_HIP || next == CT_NEXT_SHIM6;
}

static __always_inline enum ct_walked ct_walk_v6(CT_SKB *skb, __u32 at, struct ct_packet *p)
{
	struct ipv6hdr header;
	struct {
		__u8 next;
		__u8 length;
		__be16 fragment; /* of a fragment header: offset, 2 bits, more */
	} extension;
	__u32 payload;
	__u8 next;

	if (bpf_skb_load_bytes(skb, at, &header, sizeof(header)))
		return CT_WALKED_BROKEN;
	next = header.nexthdr;
	payload = bpf_ntohs(header.payload_len);
	__builtin_memcpy(p->source, &header.saddr, sizeof(p->source));
	__builtin_memcpy(p->dest, &header.daddr, sizeof(p->dest));
	p->family = CT_DNS_IPV6;
	at += sizeof(header);
	/* 0: longer than it can say (RFC 2675; BIG TCP). */
	p->end = payload ? at + payload : skb->len;
	for (int i = 0; i < CT_EXTENSIONS && next != CT_DNS_UDP && next != CT_DNS_TCP; i++) {
		if (!ct_is_extension(next) && next != CT_NEXT_FRAGMENT && next != CT_NEXT_AUTH)
			return CT_WALKED_OTHER;
		if (bpf_skb_load_bytes(skb, at, &extension, sizeof(extension)))
			return CT_WALKED_BROKEN;
		if (next == CT_NEXT_FRAGMENT && (bpf_ntohs(extension.fragment) & CT_IP6_OFFSET))
			return extension.next == CT_DNS_UDP || extension.next == CT_DNS_TCP ? CT_WALKED_FRAGMENT
											    : CT_WALKED_OTHER;
		/* RFC 4302 §2.2: in units of 4 bytes, less 2. */
		if (next == CT_NEXT_AUTH)
			at += (extension.length + 2) * 4;
		else
			at += next == CT_NEXT_FRAGMENT ? 8 : (extension.length + 1) * 8;
		next = extension.next;
	}
	if (next != CT_DNS_UDP && next != CT_DNS_TCP)
		return CT_WALKED_BROKEN;
	p->protocol = next;
	p->at = at;
	return CT_WALKED_PORTS;
}

/* What follows the IP headers: ports, and where the payload is. A first fragment holds less of it than it tells. */
static __always_inline bool ct_walk_transport(CT_SKB *skb, struct ct_packet *p)
{
	__u32 length;

	if (p->protocol == CT_DNS_UDP) {
		struct udphdr udp;

		if (bpf_skb_load_bytes(skb, p->at, &udp, sizeof(udp)))
			return false;
		p->source_port = bpf_ntohs(udp.source);
		p->dest_port = bpf_ntohs(udp.dest);
		length = bpf_ntohs(udp.len);
		if (!length && p->end > p->at)
			length = p->end - p->at;
		if (length < sizeof(udp))
			return false;
		p->tcp_flags = 0;
		p->tcp_seq = 0;
		p->at += sizeof(udp);
		p->wire_length = length - sizeof(udp);
		return true;
	}
	struct ct_tcp_header tcp;

	if (bpf_skb_load_bytes(skb, p->at, &tcp, sizeof(tcp)))
		return false;
	p->source_port = bpf_ntohs(tcp.source);
	p->dest_port = bpf_ntohs(tcp.dest);
	length = (tcp.offset >> 4) * 4;
	if (length < sizeof(tcp) || p->at + length > p->end)
		return false;
	p->tcp_flags = tcp.flags;
	p->tcp_seq = bpf_ntohl(tcp.seq) + !!(tcp.flags & CT_DNS_SYN);
	p->at += length;
	p->wire_length = p->end - p->at;
	return true;
}

/* @param at of its IP header. Verified by itself. @returns enum ct_walked */
__noinline int ct_walk(CT_SKB *skb, __u32 at, struct ct_packet *p)
{
	enum ct_walked walked;
	__u8 version;

	if (!p || bpf_skb_load_bytes(skb, at, &version, sizeof(version)))
		return CT_WALKED_BROKEN;
	version >>= 4;
	if (version != 4 && version != 6)
		return CT_WALKED_OTHER;
	walked = version == 4 ? ct_walk_v4(skb, at, p) : ct_walk_v6(skb, at, p);
	if (walked == CT_WALKED_PORTS && !ct_walk_transport(skb, p))
		return CT_WALKED_BROKEN;
	return walked;
}

#endif

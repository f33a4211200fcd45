// SPDX-License-Identifier: GPL-2.0
/*
 * --exact-udp: what only the packets of a UDP socket tell, the local address of one that is bound to the wildcard, and how many datagrams
 * one send became. On the way of every packet of the host, TCP's too, so it is asked for (docs/decisions/0011-exact-udp.md).
 */
#include "socket.h"
#include "udp_maps.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_PACKET_HOST 0 /* include/uapi/linux/if_packet.h */
#define CT_VERSION(first) ((first) >> 4)

struct ct_udp_ports {
	__be16 source;
	__be16 dest;
};

/* Extension headers are not walked: such a packet tells nothing (RFC 8200 §4). */
static __always_inline bool ct_ends_v6(struct __sk_buff *skb, struct ct_peer *from, struct ct_peer *to)
{
	struct ipv6hdr header;

	if (bpf_skb_load_bytes(skb, 0, &header, sizeof(header)) || header.nexthdr != CT_UDP)
		return false;
	from->family = ct_store_in6(from->address, header.saddr);
	to->family = ct_store_in6(to->address, header.daddr);
	return true;
}

static __always_inline bool ct_ends_v4(struct __sk_buff *skb, struct ct_peer *from, struct ct_peer *to, __u32 *ports_at)
{
	struct iphdr header;

	/* Of a fragmented datagram the first fragment carries the ports; what is received is whole again by then. */
	if (bpf_skb_load_bytes(skb, 0, &header, sizeof(header)) || header.protocol != CT_UDP)
		return false;
	from->family = ct_store_v4(from->address, header.saddr);
	to->family = ct_store_v4(to->address, header.daddr);
	*ports_at = header.ihl * 4;
	return true;
}

static __always_inline void ct_seen(struct __sk_buff *skb, bool leaves)
{
	struct bpf_sock *sk = skb->sk;
	struct ct_peer from = {}, to = {};
	struct ct_udp_ports ports;
	struct ct_udp_socket *u;
	__u32 ports_at = sizeof(struct ipv6hdr);
	__u8 first;

	if (!sk)
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk || sk->protocol != CT_UDP)
		return;
	/* Groups and broadcasts are nobody's own address. */
	if (!leaves && skb->pkt_type != CT_PACKET_HOST)
		return;
	if (bpf_skb_load_bytes(skb, 0, &first, sizeof(first)))
		return;
	if (CT_VERSION(first) == 4 ? !ct_ends_v4(skb, &from, &to, &ports_at) : !ct_ends_v6(skb, &from, &to))
		return;
	if (bpf_skb_load_bytes(skb, ports_at, &ports, sizeof(ports)))
		return;
	u = bpf_sk_storage_get(&udp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
	if (!u)
		return;
	/* Taken by the send or receive that this packet belongs to, if no other packet comes between (ct_local_seen). */
	u->seen.peer = leaves ? to : from;
	u->seen.peer.port = bpf_ntohs(leaves ? ports.dest : ports.source);
	__builtin_memcpy(u->seen.local, leaves ? from.address : to.address, sizeof(u->seen.local));
	u->seen.segments = leaves ? skb->gso_segs : 0;
}

SEC("cgroup_skb/egress")
int udp_leaves(struct __sk_buff *skb)
{
	ct_seen(skb, true);
	return 1;
}

SEC("cgroup_skb/ingress")
int udp_arrives(struct __sk_buff *skb)
{
	ct_seen(skb, false);
	return 1;
}

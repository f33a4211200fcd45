/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * How a packet of DNS is told piece by piece, in programs and in the addon alike (headers.h). Whoever includes this has ct_dns_piece, which tells
 * one, ct_dns_flags, for a segment without bytes, and CT_DNS_ADD, which counts.
 */
#ifndef CONNTRAIL_DNS_PIECES_H
#define CONNTRAIL_DNS_PIECES_H

#include "headers.h"

/* What the headers say, `outward` from the end that is local; all but when it was seen. */
static __always_inline void ct_dns_head(struct ct_dns_segment *head, const struct ct_packet *p, bool outward)
{
	head->event.kind = CT_DNS_KIND_SEGMENT;
	head->vlan = CT_DNS_NO_VLAN;
	head->protocol = p->protocol;
	head->family = p->family;
	head->tcp_seq = p->tcp_seq;
	head->local_port = outward ? p->source_port : p->dest_port;
	head->remote_port = outward ? p->dest_port : p->source_port;
	__builtin_memcpy(head->local_address, outward ? p->source : p->dest, sizeof(head->local_address));
	__builtin_memcpy(head->remote_address, outward ? p->dest : p->source, sizeof(head->remote_address));
}

/* Tells all of a packet. What its headers tell and it does not hold, a first fragment's, is cut. */
static __always_inline void ct_dns_tell(CT_SKB *skb, struct ct_dns_segment *head, const struct ct_packet *p)
{
	__u32 end = p->end < skb->len ? p->end : skb->len;
	__u32 there = end > p->at ? end - p->at : 0;
	__u32 flags = p->tcp_flags & (CT_DNS_SYN | CT_DNS_FIN | CT_DNS_RST);
	bool tcp = p->protocol == CT_DNS_TCP;
	__u32 step, done = 0;

	if (there > p->wire_length)
		there = p->wire_length;
	head->wire_length = p->wire_length;
	if (tcp && !there) {
		head->tcp_flags = p->tcp_flags;
		if (flags)
			ct_dns_flags(skb, head);
		return;
	}
	/* Datagrams that one call sent, or that came together (UDP_SEGMENT, UDP_GRO): all but the last one are of one length. */
	step = tcp ? CT_DNS_KEPT : skb->gso_size;
	if (!tcp && (!step || p->at + step >= skb->len)) {
		ct_dns_piece(skb, head, p->at, there);
		return;
	}
	if (!tcp)
		there = skb->len - p->at;
	for (__u32 i = 0; i < CT_DNS_PIECES; i++) {
		__u32 left = there - done;
		bool last = left <= step;

		head->offset = tcp ? done : 0;
		head->tcp_seq = tcp ? p->tcp_seq + done : 0;
		head->tcp_flags = p->tcp_flags & ~((done ? CT_DNS_SYN : 0) | (last ? 0 : CT_DNS_FIN));
		if (!tcp)
			head->wire_length = last ? left : step;
		ct_dns_piece(skb, head, p->at + done, last ? left : step);
		if (last)
			return;
		done += step;
	}
	step = (there - done + step - 1) / step;
	CT_DNS_ADD(skb, attempted, step);
	CT_DNS_ADD(skb, lost[CT_DNS_LOST_TOO_LONG], step);
}

#endif

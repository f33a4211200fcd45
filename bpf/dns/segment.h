/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * A piece of a packet of DNS, from whatever program sees it, to the ring.
 */
#ifndef CONNTRAIL_DNS_SEGMENT_H
#define CONNTRAIL_DNS_SEGMENT_H

#include "headers.h"
#include "kernel_view.h"
#include "payloads.h"

CT_EVENT_COUNTERS(dns_counters);

#define CT_DNS_COUNT(place) ct_event_count(dns_counters, place)
#define CT_DNS_ADD(skb, place, units) ct_event_add(dns_counters, place, units)

/*
 * Room is reserved in few sizes, since the verifier wants to know it, and the reader takes `event.length` of it. Most messages are small; the
 * next are what one packet of Ethernet holds.
 */
#define CT_ROOM_SMALL 256
#define CT_ROOM_PACKET 1472

#define ct_dns_reserve(room) bpf_ringbuf_reserve(&payloads, sizeof(struct ct_dns_segment) + (room), 0)

/* Copies the piece into reserved room and hands it over. @param at of its bytes in the packet @param room bytes for them */
static __always_inline void ct_dns_fill(struct __sk_buff *skb, struct ct_dns_segment *event,
					const struct ct_dns_segment *head, __u32 at, __u32 kept, const __u32 room)
{
	__u32 further = kept - 1;

	__builtin_memcpy(event, head, sizeof(*head));
	event->event.cpu = (__u16)bpf_get_smp_processor_id();
	event->event.length = sizeof(*head) + kept;
	event->kept = kept;
	/* Verifiers learn from this comparison that it is not 0, but not from one with 0. */
	barrier_var(further);
	if (further < room && bpf_skb_load_bytes(skb, at, event->bytes, further + 1)) {
		CT_DNS_COUNT(lost[CT_DNS_LOST_UNREADABLE]);
		bpf_ringbuf_discard(event, 0);
		return;
	}
	ct_event_submit(dns_counters, event, 0);
}

/* One unit: with bytes, or a datagram without any. Verified by itself. */
__noinline int ct_dns_piece(struct __sk_buff *skb, const struct ct_dns_segment *head, __u32 at, __u32 kept)
{
	struct ct_dns_segment *event;

	if (!head)
		return 0;
	CT_DNS_COUNT(attempted);
	if (kept <= CT_ROOM_SMALL) {
		event = ct_dns_reserve(CT_ROOM_SMALL);
		if (event) {
			ct_dns_fill(skb, event, head, at, kept, CT_ROOM_SMALL);
			return 0;
		}
	} else if (kept <= CT_ROOM_PACKET) {
		event = ct_dns_reserve(CT_ROOM_PACKET);
		if (event) {
			ct_dns_fill(skb, event, head, at, kept, CT_ROOM_PACKET);
			return 0;
		}
	} else {
		event = ct_dns_reserve(CT_DNS_KEPT);
		if (kept > CT_DNS_KEPT)
			kept = CT_DNS_KEPT;
		if (event) {
			ct_dns_fill(skb, event, head, at, kept, CT_DNS_KEPT);
			return 0;
		}
	}
	CT_DNS_COUNT(lost[CT_DNS_LOST_BUFFER_FULL]);
	return 0;
}

/* SYN, FIN or RST alone. */
static __always_inline void ct_dns_flags(struct __sk_buff *skb, const struct ct_dns_segment *head)
{
	struct ct_dns_segment *event = ct_dns_reserve(0);

	if (!event) {
		CT_DNS_COUNT(notes[CT_DNS_NOTE_UNFLAGGED]);
		return;
	}
	__builtin_memcpy(event, head, sizeof(*head));
	event->event.kind = CT_DNS_KIND_FLAGS;
	event->event.cpu = (__u16)bpf_get_smp_processor_id();
	event->event.length = sizeof(*head);
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void ct_dns_namespace(struct ct_dns_segment *head, struct net *net)
{
	head->netns_cookie = ct_seen(net, net_cookie);
	head->netns_inode = ct_seen(net, ns.inum);
}

#include "pieces.h"

#endif

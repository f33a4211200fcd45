/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The end of UDP flows that have been idle for the time-out. A pass marks such a flow dead; from then on no program begins to write to it, and
 * datagrams with its peer go to another flow. The reader awaits an RCU grace period, after which those that had begun are through; the next
 * pass tells the flow and frees its place. So what is told is all that was counted, and nothing is counted to what has been told.
 */
#ifndef CONNTRAIL_UDP_EXPIRY_H
#define CONNTRAIL_UDP_EXPIRY_H

#include "udp_maps.h"

/* Both ways or one way: what the kernel's own connection tracking calls a stream, or not. */
static __always_inline bool ct_flow_idle(const struct ct_control *c, const struct ct_conn *flow, __u64 now)
{
	__u64 limit = flow->sent_packets && flow->received_packets ? c->udp_stream_timeout_ns : c->udp_timeout_ns;

	return flow->end_ns + limit <= now;
}

/* Marked in an earlier pass: the grace period is over. */
static __always_inline bool ct_flow_ripe(const struct ct_control *c, __u32 dead)
{
	return dead && dead != c->udp_pass;
}

static __always_inline void ct_flow_mark(struct ct_control *c, __u32 *dead)
{
	*(volatile __u32 *)dead = c->udp_pass;
	__sync_fetch_and_add(&c->udp_marked, 1);
}

/* Looks at a primary in a snapshot's pass. True: it is ripe, and the caller is who tells it (a close may want to as well). */
static __always_inline bool ct_primary_ripe(struct ct_udp_socket *u)
{
	struct ct_control *c = ct_control();

	if (!c || !u->primary.generation || !u->primary.cookie)
		return false;
	if (ct_flow_ripe(c, u->dead))
		return !__sync_lock_test_and_set(&u->told, 1);
	if (!u->dead && ct_flow_idle(c, &u->primary, bpf_ktime_get_boot_ns()))
		ct_flow_mark(c, &u->dead);
	return false;
}

/* The primary is told: its place is free again. Who was its peer, and who spoke first, is kept for the next one. */
static __always_inline void ct_primary_clear(struct ct_udp_socket *u)
{
	struct ct_conn *flow = &u->primary;

	__builtin_memset(flow, 0, offsetof(struct ct_conn, remote_address));
	__builtin_memset(&flow->netns_inode, 0,
			 offsetof(struct ct_conn, direction) - offsetof(struct ct_conn, netns_inode));
	__builtin_memset(&flow->state, 0, sizeof(*flow) - offsetof(struct ct_conn, state));
	u->reported_packets = 0;
	u->expired = 1;
	u->told = 0;
	/* Last: until then no program asks whether it is free. */
	ct_barrier();
	*(volatile __u32 *)&u->dead = 0;
}

#endif

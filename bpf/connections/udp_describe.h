/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What there is to say of a new UDP conversation: with whom, who spoke first, whose it is.
 */
#ifndef CONNTRAIL_UDP_DESCRIBE_H
#define CONNTRAIL_UDP_DESCRIBE_H

#include "owner.h"
#include "socket.h"
#include "udp_maps.h"

static __always_inline bool ct_same_address(const __u8 *a, const __u8 *b)
{
	const __u64 *x = (const __u64 *)a;
	const __u64 *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

static __always_inline bool ct_flow_matches(const struct ct_conn *flow, const struct ct_peer *peer)
{
	return flow->remote_port == peer->port && ct_same_address(flow->remote_address, peer->address) &&
	       flow->scope == peer->scope;
}

/*
 * A peer this socket may have spoken with before. One bound to a port of its choice that is spoken to is spoken to first, and one bound by
 * its first send spoke first; of the rest nothing is known.
 */
static __always_inline __u8 ct_flow_guess(struct sock *sk, bool sends)
{
	bool bound = BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & CT_SOCK_BINDPORT_LOCK;

	if (bound)
		return sends ? CT_DIRECTION_UNKNOWN : CT_DIRECTION_INCOMING;
	return sends ? CT_DIRECTION_OUTGOING : CT_DIRECTION_UNKNOWN;
}

/* Whether the primary is, or was until it expired, with this peer. */
static __always_inline bool ct_primary_knew(const struct ct_udp_socket *u, const struct ct_peer *peer)
{
	return (u->primary.generation || u->expired) && ct_flow_matches(&u->primary, peer);
}

/*
 * Who spoke first in a new flow. What an expired primary knew of its peer holds on, since it stays in place; of other flows that have expired
 * nothing is left, so where some have this peer may have been one of them. `u` is NULL where the kernel refuses the socket storage.
 */
static __always_inline __u8 ct_flow_direction(struct sock *sk, const struct ct_udp_socket *u,
					      const struct ct_peer *peer, bool sends)
{
	struct ct_control *c = ct_control();
	bool past;

	if (!u)
		return ct_flow_guess(sk, sends);
	past = u->expired || *(volatile __u32 *)&u->dead;
	if (past && ct_flow_matches(&u->primary, peer))
		return u->primary.direction;
	if (u->preexisting)
		return ct_flow_guess(sk, sends);
	past |= u->chained && c && *(volatile __u64 *)&c->udp_expired;
	/* From nobody known, to a socket that has sent: it may be an answer. */
	if (!sends && !peer->family && (past || u->primary.sent_packets))
		return CT_DIRECTION_UNKNOWN;
	/* A socket that was spoken to first serves, even if the kernel chose its port: as one that is bound to a port of its choice. */
	if (past && u->primary.direction == CT_DIRECTION_INCOMING)
		return sends ? CT_DIRECTION_UNKNOWN : CT_DIRECTION_INCOMING;
	if (past)
		return ct_flow_guess(sk, sends);
	return sends ? CT_DIRECTION_OUTGOING : CT_DIRECTION_INCOMING;
}

/* Everything of a new flow except its identity and counters. In the context of the process that sends or receives. */
static __always_inline void ct_flow_describe(struct ct_conn *flow, struct sock *sk, const struct ct_udp_socket *u,
					     const struct ct_peer *peer, __u8 direction)
{
	ct_read_namespace(flow, sk);
	flow->local_port = sk->__sk_common.skc_num;
	flow->family = ct_read_local(flow->local_address, sk);
	if (peer->family)
		flow->family = peer->family;
	flow->min_rtt_us = CT_MIN_RTT_UNKNOWN;
	flow->protocol = CT_UDP;
	flow->state = CT_STATE_CLOSED;
	flow->direction = direction;
	flow->end_ns = bpf_ktime_get_boot_ns();
	if (!u || u->preexisting) {
		flow->observed_from = CT_OBSERVED_MIDSTREAM;
	} else {
		flow->observed_from = CT_OBSERVED_START;
		flow->start_ns = flow->end_ns;
	}
	ct_own_current(flow, CT_OWNER_FIRST_IO);
	/* Last: a flow without a cookie is neither shown nor expired. */
	ct_barrier();
	flow->cookie = ct_make_cookie(sk);
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * UDP conversations: one per socket and peer. A socket's first peer lives in its storage, further ones in udp_flows.
 */
#ifndef CONNTRAIL_UDP_FLOW_H
#define CONNTRAIL_UDP_FLOW_H

#include "ledger.h"
#include "owner.h"
#include "socket.h"

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
 * A socket that is older than the tracer may have spoken with this peer before. One bound to a port of its choice that is spoken to is
 * spoken to first, and one bound by its first send spoke first; of the rest nothing is known.
 */
static __always_inline __u8 ct_flow_guess(struct sock *sk, bool sends)
{
	bool bound = BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & CT_SOCK_BINDPORT_LOCK;

	if (bound)
		return sends ? CT_DIRECTION_UNKNOWN : CT_DIRECTION_INCOMING;
	return sends ? CT_DIRECTION_OUTGOING : CT_DIRECTION_UNKNOWN;
}

/* Everything of a new flow except its identity and counters. In the context of the process that sends or receives. */
static __always_inline void ct_flow_describe(struct ct_conn *flow, struct sock *sk, const struct ct_udp_socket *u,
					     const struct ct_peer *peer, bool sends)
{
	ct_read_namespace(flow, sk);
	flow->local_port = sk->__sk_common.skc_num;
	flow->family = ct_read_local(flow->local_address, sk);
	if (peer->family)
		flow->family = peer->family;
	flow->min_rtt_us = CT_MIN_RTT_UNKNOWN;
	flow->protocol = CT_UDP;
	flow->state = CT_STATE_OPEN;
	if (u->preexisting) {
		flow->observed_from = CT_OBSERVED_MIDSTREAM;
		flow->direction = ct_flow_guess(sk, sends);
	} else {
		flow->observed_from = CT_OBSERVED_START;
		flow->direction = sends ? CT_DIRECTION_OUTGOING : CT_DIRECTION_INCOMING;
		/* From nobody known, to a socket that has sent: it may be an answer. */
		if (!sends && !peer->family && u->primary.sent_packets)
			flow->direction = CT_DIRECTION_UNKNOWN;
		flow->start_ns = bpf_ktime_get_boot_ns();
	}
	ct_own_current(flow, CT_OWNER_FIRST_IO);
	/* Last: a flow without a cookie is not shown by the iterator. */
	ct_barrier();
	flow->cookie = ct_make_cookie(sk);
}

/* A datagram whose conversation found no room. */
static __always_inline void ct_udp_refused(void)
{
	struct ct_batch *b = ct_this_batch();

	if (b) {
		ct_count(b, attempted);
		ct_count(b, lost_map_full);
	}
}

/* The flow of a further peer: found or made. NULL when the map has no room, which is counted once per refused datagram. */
static __always_inline struct ct_conn *ct_chained_flow(struct sock *sk, struct ct_udp_socket *u,
						       const struct ct_peer *peer, bool sends)
{
	struct ct_udp_key key = {.cookie = ct_make_cookie(sk), .peer = *peer};
	struct ct_udp_flow fresh = {};
	struct ct_udp_flow *flow = bpf_map_lookup_elem(&udp_flows, &key);
	long error;

	if (flow)
		return &flow->conn;
	__builtin_memcpy(fresh.conn.remote_address, peer->address, sizeof(peer->address));
	fresh.conn.remote_port = peer->port;
	fresh.conn.scope = peer->scope;
	ct_flow_describe(&fresh.conn, sk, u, peer, sends);
	ct_control_add(chained_flows, 1);
	error = bpf_map_update_elem(&udp_flows, &key, &fresh, BPF_NOEXIST);
	if (error)
		ct_control_add(chained_flows, -1);
	if (error && error != -CT_EEXIST) {
		ct_udp_refused();
		return NULL;
	}
	flow = bpf_map_lookup_elem(&udp_flows, &key);
	if (!flow)
		return NULL;
	if (!error) {
		/* Two threads may add peers to one socket at once. */
		bpf_spin_lock(&u->lock);
		u->generation++;
		u->chained++;
		flow->conn.generation = u->generation;
		flow->next = u->head;
		u->head = *peer;
		bpf_spin_unlock(&u->lock);
	}
	return &flow->conn;
}

/* The conversation with a peer if there is one already. */
static __always_inline struct ct_conn *ct_udp_find(struct ct_udp_socket *u, __u64 cookie, const struct ct_peer *peer)
{
	struct ct_udp_key key = {.cookie = cookie, .peer = *peer};
	struct ct_udp_flow *flow;

	if (u->primary.generation && ct_flow_matches(&u->primary, peer))
		return &u->primary;
	flow = bpf_map_lookup_elem(&udp_flows, &key);
	return flow ? &flow->conn : NULL;
}

static __always_inline struct ct_conn *ct_udp_flow_of(struct sock *sk, struct ct_udp_socket *u,
						      const struct ct_peer *peer, bool sends)
{
	bool claimed = false;

	if (u->primary.generation) {
		if (ct_flow_matches(&u->primary, peer))
			return &u->primary;
		return ct_chained_flow(sk, u, peer, sends);
	}
	bpf_spin_lock(&u->lock);
	if (!u->primary.generation) {
		u->generation++;
		__builtin_memcpy(u->primary.remote_address, peer->address, sizeof(peer->address));
		u->primary.remote_port = peer->port;
		u->primary.scope = peer->scope;
		u->primary.generation = u->generation;
		claimed = true;
	}
	bpf_spin_unlock(&u->lock);
	if (claimed) {
		ct_flow_describe(&u->primary, sk, u, peer, sends);
		return &u->primary;
	}
	if (ct_flow_matches(&u->primary, peer))
		return &u->primary;
	return ct_chained_flow(sk, u, peer, sends);
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * UDP conversations: one per socket and peer. A socket's first peer lives in its storage (the primary), further ones in udp_flows; so do all
 * peers of a socket for which the kernel refuses storage.
 */
#ifndef CONNTRAIL_UDP_FLOW_H
#define CONNTRAIL_UDP_FLOW_H

#include "udp_describe.h"
#include "udp_untracked.h"

/* The conversation of a datagram finds no room: lost, once. */
static __always_inline void ct_udp_refuse(struct ct_control *c, struct ct_udp_key *key)
{
	struct ct_batch *b = ct_this_batch();
	__u8 one = 1;

	key->peer.epoch = 0;
	if (!b || bpf_map_lookup_elem(&udp_refused, key))
		return;
	__sync_fetch_and_add(&c->udp_refused, 1);
	bpf_map_update_elem(&udp_refused, key, &one, BPF_ANY);
	ct_count(b, attempted);
	ct_count(b, lost_map_full);
}

/* A conversation that was lost finds room now: a new one, whose beginning is not known. */
static __always_inline void ct_udp_readmit(struct ct_control *c, struct ct_udp_key *key, struct ct_conn *flow)
{
	if (!*(volatile __u64 *)&c->udp_refused)
		return;
	key->peer.epoch = 0;
	if (bpf_map_delete_elem(&udp_refused, key))
		return;
	flow->observed_from = CT_OBSERVED_MIDSTREAM;
	flow->start_ns = 0;
}

/* The living flow with this key, or NULL: then the key has an epoch that is free, since of the two flows only one can be dead. */
static __always_inline struct ct_udp_flow *ct_flow_living(struct ct_control *c, struct ct_udp_key *key)
{
	struct ct_udp_flow *first = bpf_map_lookup_elem(&udp_flows, key);
	struct ct_udp_flow *second;

	if (first && !*(volatile __u32 *)&first->dead)
		return first;
	if (!first && !*(volatile __u64 *)&c->udp_epochs)
		return NULL;
	key->peer.epoch = 1;
	second = bpf_map_lookup_elem(&udp_flows, key);
	if (second && !*(volatile __u32 *)&second->dead)
		return second;
	if (!first)
		key->peer.epoch = 0;
	return NULL;
}

/* Adds a described flow; NULL when there is no room. */
static __always_inline struct ct_udp_flow *ct_flow_add(struct ct_control *c, struct ct_udp_key *key,
						       const struct ct_udp_flow *fresh, bool *made)
{
	__u64 epoch = key->peer.epoch;
	struct ct_udp_flow *flow;

	/* Counted before it is made, so that 0 means none. */
	__sync_fetch_and_add(&c->chained_flows, 1);
	__sync_fetch_and_add(&c->udp_epochs, epoch);
	*made = !bpf_map_update_elem(&udp_flows, key, fresh, BPF_NOEXIST);
	if (!*made) {
		__sync_fetch_and_add(&c->chained_flows, -1);
		__sync_fetch_and_add(&c->udp_epochs, -epoch);
	}
	/* Another thread may have been faster. */
	flow = bpf_map_lookup_elem(&udp_flows, key);
	return flow && (*made || !*(volatile __u32 *)&flow->dead) ? flow : NULL;
}

/* A flow in udp_flows: found or made. NULL when there is no room, which is counted once per conversation. */
static __always_inline struct ct_conn *ct_chained_flow(struct sock *sk, struct ct_udp_socket *u,
						       const struct ct_peer *peer, bool sends)
{
	struct ct_udp_key key = {.cookie = ct_make_cookie(sk), .peer = *peer};
	struct ct_control *c = ct_control();
	struct ct_udp_flow fresh = {};
	struct ct_udp_flow *flow;
	bool made;

	if (!c)
		return NULL;
	flow = ct_flow_living(c, &key);
	if (flow)
		return &flow->conn;
	__builtin_memcpy(fresh.conn.remote_address, peer->address, sizeof(peer->address));
	fresh.conn.remote_port = peer->port;
	fresh.conn.scope = peer->scope;
	ct_flow_describe(&fresh.conn, sk, u, peer, ct_flow_direction(sk, u, peer, sends));
	flow = ct_flow_add(c, &key, &fresh, &made);
	if (!flow) {
		ct_udp_refuse(c, &key);
		return NULL;
	}
	if (!made)
		return &flow->conn;
	ct_udp_readmit(c, &key, &flow->conn);
	if (!u) {
		flow->conn.generation = ct_untracked_generation(c, key.cookie);
		return &flow->conn;
	}
	u->chained = 1;
	/* Two threads may add peers to one socket at once. */
	bpf_spin_lock(&u->lock);
	u->generation++;
	flow->conn.generation = u->generation;
	bpf_spin_unlock(&u->lock);
	return &flow->conn;
}

/* Takes the free primary for this peer. NULL: another thread was faster. */
static __always_inline struct ct_conn *ct_primary_claim(struct sock *sk, struct ct_udp_socket *u,
							const struct ct_peer *peer, bool sends)
{
	__u8 direction;
	bool claimed = false;

	if (!u->generation && ct_untracked_before(ct_make_cookie(sk))) {
		u->preexisting = 1;
		u->chained = 1;
	}
	direction = ct_flow_direction(sk, u, peer, sends);
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
	if (!claimed)
		return NULL;
	ct_flow_describe(&u->primary, sk, u, peer, direction);
	return &u->primary;
}

/* Whether the peer has a flow in udp_flows, while the primary is free. */
static __always_inline bool ct_is_chained(struct sock *sk, const struct ct_udp_socket *u, const struct ct_peer *peer)
{
	struct ct_udp_key key = {.cookie = ct_make_cookie(sk), .peer = *peer};
	struct ct_control *c = ct_control();

	return u->chained && c && ct_flow_living(c, &key);
}

/*
 * The flow of a datagram. The primary is looked at before it is asked whether it is free: an expiry clears it first, and `dead` last.
 */
static __always_inline struct ct_conn *ct_udp_flow_of(struct sock *sk, struct ct_udp_socket *u,
						      const struct ct_peer *peer, bool sends)
{
	struct ct_conn *claimed;

	if (!u || *(volatile __u32 *)&u->dead)
		return ct_chained_flow(sk, u, peer, sends);
	if (!u->primary.generation && !ct_is_chained(sk, u, peer)) {
		claimed = ct_primary_claim(sk, u, peer, sends);
		if (claimed)
			return claimed;
	}
	if (u->primary.generation && ct_flow_matches(&u->primary, peer))
		return &u->primary;
	return ct_chained_flow(sk, u, peer, sends);
}

/*
 * A datagram goes through a flow that ct_udp_flow_of gave. Its time is the end, until there is a later one. Reading the clock costs more than the rest
 * of the counting, so in a long conversation only the first datagram of each timer tick does: its end may be told a tick early.
 */
#define CT_EXACT_DATAGRAMS 64
static __always_inline void ct_flow_used(struct ct_conn *flow)
{
	__u32 *last = &((struct ct_udp_flow *)flow)->tick;
	__u32 tick = bpf_jiffies64();

	if (*last == tick && flow->sent_packets + flow->received_packets >= CT_EXACT_DATAGRAMS)
		return;
	*last = tick;
	flow->end_ns = bpf_ktime_get_boot_ns();
}

/* The living conversation with a peer, or NULL: none is made. `u` may be NULL. */
static __always_inline struct ct_conn *ct_udp_find(struct ct_udp_socket *u, __u64 cookie, const struct ct_peer *peer)
{
	struct ct_udp_key key = {.cookie = cookie, .peer = *peer};
	struct ct_control *c = ct_control();
	struct ct_udp_flow *flow;

	if (u && !*(volatile __u32 *)&u->dead && u->primary.generation && ct_flow_matches(&u->primary, peer))
		return &u->primary;
	flow = c ? ct_flow_living(c, &key) : NULL;
	return flow ? &flow->conn : NULL;
}

/* Whether the socket has spoken with this peer, as far as is known. */
static __always_inline bool ct_udp_knows(struct sock *sk, const struct ct_udp_socket *u, const struct ct_peer *peer)
{
	struct ct_udp_key key = {.cookie = ct_make_cookie(sk), .peer = *peer};

	if (u && ct_primary_knew(u, peer))
		return true;
	if (bpf_map_lookup_elem(&udp_flows, &key))
		return true;
	key.peer.epoch = 1;
	return bpf_map_lookup_elem(&udp_flows, &key) != NULL;
}

#endif

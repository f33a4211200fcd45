/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Calls of connect() that fail before the socket changes its state: no route, a route that forbids, no permission (tcp_v4_connect,
 * tcp_v6_connect, other cgroup programs). That one was tried shows at cgroup/connect4 and 6; that it failed, by what did not follow.
 * Only with --failed-connects: these hooks are on the way of every connection (docs/decisions/0012-failed-connects.md).
 */
#ifndef CONNTRAIL_ATTEMPT_H
#define CONNTRAIL_ATTEMPT_H

#include "batch.h"
#include "owner.h"
#include "socket.h"
#include "tcp_socket.h"

const volatile __u32 ct_attempts = 0; /* 1: connect.bpf.c is asked for */

/* The last call of a socket, until another socket with the same low bits of its cookie makes one (CT_TCP_SLOTS). */
struct ct_attempt {
	__u64 cookie;
	__u64 at_ns;
	struct ct_peer peer;
	__u32 pid; /* of the caller; the rest of it is read when the call turns out to have failed */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_TCP_SLOTS);
	__type(key, __u32);
	__type(value, struct ct_attempt);
} tcp_attempts SEC(".maps");

/* The call of this socket that no change to SYN_SENT followed, or NULL. */
static __always_inline struct ct_attempt *ct_attempt_failed(__u64 cookie, const struct ct_tcp_socket *s)
{
	__u32 slot = cookie % CT_TCP_SLOTS;
	struct ct_attempt *attempt = bpf_map_lookup_elem(&tcp_attempts, &slot);

	if (!attempt || attempt->cookie != cookie || (s && s->start_ns >= attempt->at_ns))
		return NULL;
	return attempt;
}

static __always_inline void ct_attempt_row(struct ct_conn *r, struct sock *sk, const struct ct_attempt *attempt,
					   __u32 generation)
{
	__builtin_memset(r, 0, sizeof(*r));
	r->cookie = attempt->cookie;
	ct_read_namespace(r, sk);
	r->start_ns = attempt->at_ns;
	r->end_ns = attempt->at_ns;
	ct_read_local(r->local_address, sk);
	r->local_port = sk->__sk_common.skc_num;
	__builtin_memcpy(r->remote_address, attempt->peer.address, sizeof(r->remote_address));
	r->remote_port = attempt->peer.port;
	r->family = attempt->peer.family;
	r->scope = ct_scope(r->remote_address, r->family, sk);
	r->generation = generation;
	/* In the process that calls again, or holds the socket to its end: as a rule the one that called. */
	ct_own_current(r, CT_OWNER_CLOSE);
	if (r->owner_source && r->pid == attempt->pid)
		r->owner_source = CT_OWNER_CONNECT;
	r->min_rtt_us = CT_MIN_RTT_UNKNOWN;
	r->protocol = CT_TCP;
	r->direction = CT_DIRECTION_OUTGOING;
	r->state = CT_STATE_CLOSED;
	r->unknown = CT_UNKNOWN_ERROR;
}

static __always_inline void ct_attempt_told(void *ctx, struct sock *sk, struct ct_attempt *attempt, __u32 generation)
{
	ct_report(ctx, ct_attempt_row(r, sk, attempt, generation));
	attempt->cookie = 0;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What a send or receive tells: the first process that uses an accepted TCP socket, and all of UDP's counting. In the caller's context, with the
 * outcome of the call; the same from whatever hook shows both.
 */
#ifndef CONNTRAIL_IO_H
#define CONNTRAIL_IO_H

#include "mptcp.h"
#include "owner.h"
#include "tcp_midstream.h"
#include "udp_error.h"
#include "udp_threads.h"

/* Group udp is live, so that flows will be closed and peers are known: by task, or by thread. */
const volatile __u32 ct_udp_by_task = 0;
const volatile __u32 ct_udp_by_thread = 0;

/* One call, as its hook tells it. */
struct ct_io_call {
	struct sock *sk;
	int outcome; /* bytes, or -errno */
	int flags;
	__u32 scope; /* of the address the caller gave or was given; 0: not known here */
	bool sends;
	bool unaddressed; /* no address came with it, so whatever is kept of one is of an earlier call */
};

static __always_inline bool ct_is_inet(struct sock *sk)
{
	return sk->__sk_common.skc_family == CT_IPV4 || sk->__sk_common.skc_family == CT_IPV6;
}

static __always_inline bool ct_is_udp(struct sock *sk)
{
	return (ct_udp_by_task || ct_udp_by_thread) && sk->sk_protocol == CT_UDP && ct_is_inet(sk) && ct_enabled();
}

static __always_inline void ct_tcp_io(struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);
	struct ct_tcp_socket *s = cookie ? ct_tcp_find(cookie) : NULL;

	if (!s && ct_is_inet(sk))
		s = ct_tcp_noticed(sk);
	if (s && s->owner_source < CT_OWNER_FIRST_IO)
		ct_own_current(s, CT_OWNER_FIRST_IO);
}

/* Other families use these numbers too: for TCP the cookie tells, which no other socket shares. */
static __always_inline void ct_owner_io(struct sock *sk)
{
	if (sk->sk_protocol == CT_TCP)
		ct_tcp_io(sk);
	else if (sk->sk_protocol == CT_MPTCP && ct_enabled())
		ct_mptcp_used(sk, CT_OWNER_FIRST_IO);
}

/* What is kept of the current task between the hooks of one call; NULL: nothing. */
static __always_inline struct ct_pending_peer *ct_pending(void)
{
	if (ct_udp_by_thread)
		return ct_thread_find();
	return bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, 0);
}

static __always_inline struct ct_pending_peer *ct_pending_or_new(void)
{
	struct ct_pending_peer *pending;

	if (!ct_udp_by_thread)
		return bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, CT_SK_STORAGE_CREATE);
	pending = ct_thread_find();
	return pending ? pending : ct_thread_enter();
}

/* The call is over: nothing of it is left, even where an entry cannot be deleted at this moment. */
static __always_inline void ct_pending_over(struct ct_pending_peer *pending)
{
	if (!pending)
		return;
	pending->cookie = 0;
	pending->passed_on = 0;
	pending->handled = 0;
	pending->ran = 0;
	if (ct_udp_by_thread)
		ct_thread_leave();
}

/*
 * The peer of this call: what the cgroup hook left for this task and socket, which is told by true, else the one the socket is
 * connected to.
 */
static __always_inline bool ct_peer_of_call(const struct ct_io_call *call, const struct ct_pending_peer *pending,
					    struct ct_peer *peer)
{
	struct sock *sk = call->sk;

	if (pending && !call->unaddressed && pending->cookie && pending->cookie == ct_cookie(sk)) {
		*peer = pending->peer;
		if (!peer->scope && peer->family == CT_IPV6 && ct_is_scoped(peer->address, CT_IPV6))
			peer->scope = call->scope;
		if (!peer->scope)
			peer->scope = ct_scope(peer->address, peer->family, sk);
		return true;
	}
	peer->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (peer->port) {
		peer->family = ct_read_remote(peer->address, sk);
		peer->scope = ct_scope(peer->address, peer->family, sk);
	}
	return false;
}

static __always_inline void ct_udp_io(const struct ct_io_call *call, struct ct_peer *peer, bool named)
{
	struct sock *sk = call->sk;
	struct ct_udp_socket *u;
	struct ct_conn *flow;

	if (call->outcome < 0 && !ct_network_error(-call->outcome))
		return;
	u = bpf_sk_storage_get(&udp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
	if (u && call->outcome < 0 && ct_error_is_known(u, -call->outcome))
		return;
	/*
	 * A receive that did not ask for the address, on a connected socket: what it reads may have waited since before the
	 * connect, and be somebody else's. Only a peer it has spoken with already is named.
	 */
	if (!call->sends && call->outcome >= 0 && !named && peer->family && !ct_udp_knows(sk, u, peer))
		__builtin_memset(peer, 0, sizeof(*peer));
	flow = ct_udp_flow_of(sk, u, peer, call->sends);
	if (!flow)
		return;
	if (call->outcome < 0) {
		flow->error = -call->outcome;
		return;
	}
	if (!call->sends && !call->outcome && (sk->sk_shutdown & CT_RCV_SHUTDOWN))
		return;
	ct_flow_used(flow);
	if (call->sends)
		ct_count_sent(sk, u, flow, peer, call->outcome);
	else
		ct_count_received(sk, u, flow, peer, call->outcome, call->flags);
	ct_trouble_after(u, flow, call->sends);
}

/* A peeked message is received later, or never; the error queue gives back what was sent. */
static __always_inline bool ct_is_receipt(const struct ct_io_call *call)
{
	return call->sends || !(call->flags & (CT_MSG_PEEK | CT_MSG_ERRQUEUE));
}

/*
 * One of the programs that a call is offered to, in turn: 0, 1, … `last`. Where there is one only, it is the first and the last.
 *
 * The kernel skips a program that is active on the CPU already. Where programs run preemptibly (fexit; tracepoints since 7.0: tracing
 * programs in SRCU-fast read sections) that is another task's run of it, and a datagram would not be counted: so each call is offered to
 * several programs, in the same task, which keeps that one of them has counted it. Without memory for that the last one does the work. For
 * TCP, whose next call does as well, the first is enough.
 */
static __always_inline void ct_io_turn(const struct ct_io_call *call, __u32 turn, __u32 last)
{
	struct ct_pending_peer *pending;
	struct ct_peer peer = {};
	struct ct_batch *b;
	bool named;

	if (!ct_is_udp(call->sk)) {
		if (!turn && ct_is_receipt(call))
			ct_owner_io(call->sk);
		return;
	}
	if (!ct_is_receipt(call)) {
		ct_pending_over(ct_pending());
		return;
	}
	pending = turn < last ? ct_pending_or_new() : ct_pending();
	if (turn < last && !pending)
		return;
	if (pending && pending->handled && turn >= pending->ran) {
		pending->ran = turn + 1;
		if (turn == last)
			ct_pending_over(pending);
		return;
	}
	named = ct_peer_of_call(call, pending, &peer);
	if (turn == last) {
		ct_pending_over(pending);
	} else {
		pending->cookie = 0;
		pending->handled = 1;
		pending->ran = turn + 1;
	}
	b = turn ? ct_this_batch() : NULL;
	if (b)
		ct_count(b, caught);
	ct_udp_io(call, &peer, named);
}

/* sk_error_report (e6a3e4434000, 5.14): in softirq as a rule. */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(io_error, struct sock *sk)
{
	if (ct_is_udp(sk))
		ct_udp_trouble(sk);
	return 0;
}

#endif

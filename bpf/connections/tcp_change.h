/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What a state change of a TCP socket, its reset and its end mean for what is kept of it; beside the hooks that tell of them.
 */
#ifndef CONNTRAIL_TCP_CHANGE_H
#define CONNTRAIL_TCP_CHANGE_H

#include "attempt.h"
#include "listener.h"
#include "owner.h"
#include "tcp_close.h"
#include "tcp_midstream.h"
#include "tcp_socket.h"

/*
 * The changes that matter. The others show as the old state of a later one, which every change here records too, so they need
 * no look-up of their own. LISTEN → ESTABLISHED is an accepted msk (mptcp.h); no TCP socket does that.
 */
static __always_inline bool ct_matters(int oldstate, int newstate)
{
	if (oldstate == newstate)
		return false;
	return newstate == TCP_CLOSE || newstate == TCP_SYN_SENT || newstate == TCP_FIN_WAIT1 ||
	       newstate == TCP_LAST_ACK || newstate == TCP_LISTEN || oldstate == TCP_SYN_RECV ||
	       (oldstate == TCP_LISTEN && newstate == TCP_ESTABLISHED);
}

/* A socket begins to connect, in the caller's context (tcp_v4_connect, tcp_v6_connect): the owner is certain. */
static __always_inline void ct_tcp_connect(struct sock *sk, __u64 cookie)
{
	struct ct_tcp_socket *s = ct_tcp_make(cookie);

	if (!s)
		return;
	s->sock = (__u64)sk;
	s->generation++;
	s->start_ns = bpf_ktime_get_boot_ns();
	s->transitions = CT_BIT(TCP_SYN_SENT);
	s->reported_transitions = 0;
	s->reset = 0;
	s->direction = CT_DIRECTION_OUTGOING;
	s->observed_from = CT_OBSERVED_START;
	ct_own_current(s, CT_OWNER_CONNECT);
	ct_barrier();
	s->tcp_state = TCP_SYN_SENT;
}

/*
 * A child of a listener, at the first change that it makes itself, in softirq: SYN_RECV → ESTABLISHED as a rule; a fast open may have it closed
 * or closed upon before its handshake ends. Not at LISTEN → SYN_RECV: before 6.16 the child carries its listener's cookie there, or none
 * (inet_csk_clone_lock). It starts with the end of its handshake; without one there is no start to tell.
 */
static __always_inline struct ct_tcp_socket *ct_tcp_child(struct sock *sk, __u64 cookie)
{
	struct ct_tcp_socket *s = ct_tcp_make(cookie);

	if (s)
		ct_tcp_began(s, sk, CT_DIRECTION_INCOMING, CT_OBSERVED_START);
	return s;
}

/*
 * ESTABLISHED → FIN_WAIT1 and CLOSE_WAIT → LAST_ACK happen in the process that closes or shuts down (tcp_close_state). A CLOSE straight
 * from ESTABLISHED or CLOSE_WAIT without an error is an abort by this end: tcp_disconnect and __tcp_close change the state before
 * they set an error. Everything else runs in softirq with a stranger as current.
 */
static __always_inline bool ct_tcp_in_closer(int oldstate, int newstate, int error)
{
	if (newstate == TCP_FIN_WAIT1 || newstate == TCP_LAST_ACK)
		return true;
	return newstate == TCP_CLOSE && !error && (oldstate == TCP_ESTABLISHED || oldstate == TCP_CLOSE_WAIT);
}

/*
 * A change that matters, of a TCP socket. The socket is locked, so that what is kept of it shows to the twin whether the first program handled
 * this very change: every change leaves its new state there.
 */
static __always_inline void ct_tcp_change(void *ctx, struct sock *sk, int oldstate, int newstate, bool twin)
{
	__u64 cookie = ct_make_cookie(sk);
	struct ct_tcp_socket *s = NULL;
	struct tcp_sock *tp = NULL;
	struct ct_batch *b;
	int error = 0;

	if (newstate == TCP_LISTEN) {
		ct_listener_opened(sk);
		return;
	}
	if (oldstate == TCP_LISTEN) {
		ct_listener_closed(sk);
		return;
	}
	if (twin || newstate != TCP_SYN_SENT)
		s = ct_tcp_find(cookie);
	if (twin) {
		if (s && s->tcp_state == newstate)
			return;
		b = ct_this_batch();
		if (b)
			ct_count(b, caught);
	}
	if (newstate == TCP_SYN_SENT) {
		ct_tcp_connect(sk, cookie);
		return;
	}
	if (newstate == TCP_CLOSE || (!s && oldstate != TCP_SYN_RECV))
		tp = bpf_skc_to_tcp_sock(sk);
	if (!s)
		s = oldstate == TCP_SYN_RECV ? ct_tcp_child(sk, cookie) : ct_tcp_midstream(sk, tp, cookie, oldstate);
	if (newstate == TCP_CLOSE)
		error = ct_tcp_error(s, tp, oldstate, sk->sk_err);
	if (s) {
		s->transitions |= ct_states_passed(s, oldstate) | CT_BIT(newstate);
		if (newstate == TCP_ESTABLISHED && !s->start_ns)
			s->start_ns = bpf_ktime_get_boot_ns();
		ct_barrier();
		s->tcp_state = newstate;
		if (s->owner_source < CT_OWNER_CLOSE && ct_tcp_in_closer(oldstate, newstate, error))
			ct_own_current(s, CT_OWNER_CLOSE);
	}
	if (newstate == TCP_CLOSE)
		ct_tcp_closed(ctx, sk, tp, s, oldstate, error);
}

/* tcp_reset, before it sets the error and changes the state. */
static __always_inline void ct_tcp_reset(struct sock *sk)
{
	__u64 cookie = ct_key(sk);
	struct ct_tcp_socket *s = cookie ? ct_tcp_find(cookie) : NULL;

	if (s)
		s->reset = 1;
}

/*
 * The end of a socket, after its CLOSE, often in the same call. Frees what is kept; and reports a close that both programs were kept from,
 * where it can be told exactly. tcp_disconnect wipes the socket, and the application may have taken the error: such a close is lost, and counted.
 */
static __always_inline void ct_tcp_gone(void *ctx, struct sock *sk)
{
	__u64 cookie = ct_key(sk);
	struct ct_tcp_socket *s = cookie ? ct_tcp_find(cookie) : NULL;
	struct ct_attempt *attempt;

	if (!cookie)
		return;
	attempt = ct_attempts ? ct_attempt_failed(cookie, s) : NULL;
	if (attempt && ct_enabled())
		ct_attempt_told(ctx, sk, attempt, s ? s->generation + 1 : 1);
	if (!s)
		return;
	if (s->tcp_state != TCP_CLOSE && ct_enabled())
		ct_tcp_late_close(ctx, sk, bpf_skc_to_tcp_sock(sk), s, sk->__sk_common.skc_dport != 0);
	ct_tcp_forget(s, cookie);
}

#endif

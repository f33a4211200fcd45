// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group tcp: opens, closes and owners of TCP sockets from their state changes.
 */
#include "attempt.h"
#include "batch.h"
#include "listener.h"
#include "mptcp.h"
#include "owner.h"
#include "tcp_close.h"
#include "tcp_midstream.h"
#include "tcp_socket.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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

	if (!s)
		return NULL;
	s->sock = (__u64)sk;
	s->generation = 1;
	s->start_ns = 0;
	s->transitions = 0;
	s->reported_transitions = 0;
	s->direction = CT_DIRECTION_INCOMING;
	s->observed_from = CT_OBSERVED_START;
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

/*
 * Of an msk. SYN_SENT, FIN_WAIT1 and LAST_ACK happen in the process that calls connect, shutdown or close (mptcp_connect, mptcp_close_state);
 * an accepted one begins by becoming ESTABLISHED (mptcp_sk_clone_init, subflow_syn_recv_sock).
 */
static __always_inline void ct_mptcp_change(struct sock *sk, int oldstate, int newstate)
{
	if (sk->sk_protocol != CT_MPTCP)
		return;
	if (newstate == TCP_SYN_SENT || oldstate == TCP_SYN_RECV || oldstate == TCP_LISTEN)
		ct_mptcp_begins(sk);
	if (newstate == TCP_SYN_SENT)
		ct_mptcp_used(sk, CT_OWNER_CONNECT);
	else if (newstate == TCP_FIN_WAIT1 || newstate == TCP_LAST_ACK)
		ct_mptcp_used(sk, CT_OWNER_CLOSE);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_set_state, struct sock *sk, int oldstate, int newstate)
{
	struct ct_handled *handled;
	__u32 zero = 0;

	if (!ct_matters(oldstate, newstate) || !ct_enabled())
		return 0;
	if (sk->sk_protocol != CT_TCP) {
		ct_mptcp_change(sk, oldstate, newstate);
		return 0;
	}
	ct_tcp_change(ctx, sk, oldstate, newstate, false);
	handled = bpf_map_lookup_elem(&tcp_handled, &zero);
	if (handled)
		*(volatile __u64 *)&handled->change = ct_cookie(sk) << 4 | newstate;
	return 0;
}

/*
 * The kernel skips a program that is active on the CPU already (bpf_prog.active): because softirq interrupted it, or, where tracing programs
 * run preemptibly, because its task was. So there are two: each change is offered to both in turn, and the twin does what the first one
 * was kept from. As a rule `change` says at once that the first one did its work; when others came in between, what is kept of the socket does.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_set_state_twin, struct sock *sk, int oldstate, int newstate)
{
	struct ct_handled *handled;
	__u32 zero = 0;

	if (!ct_matters(oldstate, newstate) || !ct_enabled())
		return 0;
	if (sk->sk_protocol != CT_TCP) {
		ct_mptcp_change(sk, oldstate, newstate);
		return 0;
	}
	handled = bpf_map_lookup_elem(&tcp_handled, &zero);
	if (!handled)
		return 0;
	if (*(volatile __u64 *)&handled->change == (ct_cookie(sk) << 4 | newstate)) {
		*(volatile __u64 *)&handled->change = 0;
		return 0;
	}
	ct_tcp_change(ctx, sk, oldstate, newstate, true);
	return 0;
}

/* tcp_reset, before it sets the error and changes the state. */
SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(tcp_reset_received, struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);
	struct ct_tcp_socket *s = cookie ? ct_tcp_find(cookie) : NULL;

	if (s)
		s->reset = 1;
	return 0;
}

/*
 * The end of a socket, after its CLOSE, often in the same call. Frees what is kept; and reports a close that both programs were kept from,
 * where it can be told exactly. tcp_disconnect wipes the socket, and the application may have taken the error: such a close is lost, and counted.
 */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroyed, struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);
	struct ct_tcp_socket *s = cookie ? ct_tcp_find(cookie) : NULL;
	struct ct_attempt *attempt;

	if (!cookie)
		return 0;
	attempt = ct_attempt_failed(cookie, s);
	if (attempt && ct_enabled())
		ct_attempt_told(ctx, sk, attempt, s ? s->generation + 1 : 1);
	if (!s)
		return 0;
	if (s->tcp_state != TCP_CLOSE && ct_enabled())
		ct_tcp_late_close(ctx, sk, bpf_skc_to_tcp_sock(sk), s, sk->__sk_common.skc_dport != 0);
	ct_tcp_forget(s, cookie);
	return 0;
}

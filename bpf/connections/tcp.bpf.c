// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group tcp: opens, closes and owners of TCP sockets from their state changes.
 */
#include "batch.h"
#include "owner.h"
#include "tcp_record.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_BIT(state) (1U << (state))

/*
 * A socket begins to connect. In the caller's context (tcp_v4_connect, tcp_v6_connect), so the owner is certain.
 */
static __always_inline void ct_tcp_connect(struct ct_tcp_socket *s)
{
	s->generation++;
	s->start_ns = bpf_ktime_get_boot_ns();
	s->transitions = CT_BIT(TCP_SYN_SENT);
	s->reported_transitions = 0;
	s->direction = CT_DIRECTION_OUTGOING;
	s->observed_from = CT_OBSERVED_START;
	ct_own_current(s, CT_OWNER_CONNECT);
}

/* A child of a listener; its storage is a clone of the listener's, or new when the listener is not known. */
static __always_inline void ct_tcp_child(struct ct_tcp_socket *s)
{
	s->generation = 1;
	s->start_ns = bpf_ktime_get_boot_ns();
	s->transitions = CT_BIT(TCP_SYN_RECV);
	s->reported_transitions = 0;
	s->direction = CT_DIRECTION_INCOMING;
	s->observed_from = CT_OBSERVED_START;
}

/* A socket that was open before anything was known of it. */
static __always_inline void ct_tcp_midstream(struct ct_tcp_socket *s, int oldstate)
{
	s->generation = 1;
	s->transitions = CT_BIT(oldstate);
	s->observed_from = CT_OBSERVED_MIDSTREAM;
}

/*
 * ESTABLISHED → FIN_WAIT1 and CLOSE_WAIT → LAST_ACK happen in the process that closes or shuts down (tcp_close_state). A CLOSE straight
 * from ESTABLISHED or CLOSE_WAIT without an error is an abort by this end: tcp_disconnect and __tcp_close change the state before
 * they set an error. Everything else runs in softirq with a stranger as current.
 */
static __always_inline bool ct_tcp_in_closer(int oldstate, int newstate, int error)
{
	if (oldstate == TCP_ESTABLISHED || oldstate == TCP_SYN_RECV)
		return newstate == TCP_FIN_WAIT1 || (oldstate == TCP_ESTABLISHED && newstate == TCP_CLOSE && !error);
	if (oldstate == TCP_CLOSE_WAIT)
		return newstate == TCP_LAST_ACK || (newstate == TCP_CLOSE && !error);
	return false;
}

static __always_inline void ct_tcp_ending(struct ct_conn *r, int oldstate, int error)
{
	r->error = error;
	r->state = CT_STATE_CLOSED;
	r->tcp_state = oldstate;
	if (error == CT_ECONNRESET || error == CT_ECONNREFUSED || (error == CT_EPIPE && oldstate == TCP_CLOSE_WAIT))
		r->reset_by = CT_END_REMOTE;
	else if (!error && (oldstate == TCP_ESTABLISHED || oldstate == TCP_CLOSE_WAIT))
		r->reset_by = CT_END_LOCAL;
	else
		r->reset_by = CT_END_NONE;
}

static __always_inline void ct_tcp_closed(void *ctx, struct sock *sk, struct ct_tcp_socket *s, int oldstate, int error)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ct_batch *b = ct_this_batch();
	struct ct_single single;
	struct ct_conn *r;

	if (!tp || !b)
		return;
	if (ct_try_acquire(&b->busy)) {
		r = ct_batch_slot(ctx, b);
		if (r) {
			ct_fill_tcp(r, sk, tp, s);
			ct_tcp_ending(r, oldstate, error);
			ct_batch_commit(ctx, b);
		}
		ct_release(&b->busy);
		return;
	}
	single.reserved = 0;
	ct_fill_tcp(&single.record, sk, tp, s);
	ct_tcp_ending(&single.record, oldstate, error);
	ct_emit_single(ctx, b, &single);
}

/*
 * The kernel skips a program that would interrupt itself on a CPU (bpf_prog.active), which softirq does to task context. So the
 * program is attached twice: what the first one skips, the second one handles. Both see each change in turn; the state kept with the socket
 * tells the twin that its work is done.
 */
static __always_inline int ct_tcp_set_state(void *ctx, struct sock *sk, int oldstate, int newstate, bool twin)
{
	struct ct_tcp_socket *s;
	struct ct_batch *b;
	int error;

	if (sk->sk_protocol != CT_TCP || oldstate == newstate || !ct_enabled())
		return 0;
	/*
	 * The twin creates nothing at CLOSE: were storage refused to the first program, which then emitted the record without it, and
	 * granted to the twin, the record would be emitted twice.
	 */
	s = bpf_sk_storage_get(&tcp_sockets, sk, 0, twin && newstate == TCP_CLOSE ? 0 : CT_SK_STORAGE_CREATE);
	if (!s) {
		if (twin)
			return 0;
		b = ct_this_batch();
		if (b)
			ct_count(b, untracked);
		if (newstate == TCP_CLOSE && oldstate != TCP_LISTEN)
			ct_tcp_closed(ctx, sk, NULL, oldstate, sk->sk_err);
		return 0;
	}
	if (s->tcp_state == newstate)
		return 0;
	if (twin) {
		b = ct_this_batch();
		if (b)
			ct_count(b, caught);
	}
	s->tcp_state = newstate;
	if (newstate == TCP_SYN_SENT) {
		ct_tcp_connect(s);
		return 0;
	}
	if (newstate == TCP_LISTEN) {
		s->generation = 0;
		ct_own_current(s, CT_OWNER_LISTENER);
		return 0;
	}
	if (oldstate == TCP_LISTEN) {
		if (newstate == TCP_SYN_RECV)
			ct_tcp_child(s);
		return 0;
	}
	if (s->generation == 0)
		ct_tcp_midstream(s, oldstate);
	s->transitions |= CT_BIT(newstate);
	error = newstate == TCP_CLOSE ? sk->sk_err : 0;
	if (s->owner_source < CT_OWNER_CLOSE && ct_tcp_in_closer(oldstate, newstate, error))
		ct_own_current(s, CT_OWNER_CLOSE);
	if (newstate == TCP_CLOSE)
		ct_tcp_closed(ctx, sk, s, oldstate, error);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_set_state, struct sock *sk, int oldstate, int newstate)
{
	return ct_tcp_set_state(ctx, sk, oldstate, newstate, false);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_set_state_twin, struct sock *sk, int oldstate, int newstate)
{
	return ct_tcp_set_state(ctx, sk, oldstate, newstate, true);
}

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Reporting the close of a TCP socket: into this CPU's batch, or singly when this program interrupted an append.
 */
#ifndef CONNTRAIL_TCP_CLOSE_H
#define CONNTRAIL_TCP_CLOSE_H

#include "batch.h"
#include "listener.h"
#include "tcp_record.h"

#define CT_BIT(state) (1U << (state))

/*
 * A reset while the socket was shut for reading in FIN_WAIT: it may be this end that resets, because data came that nobody would read
 * (tcp_rcv_state_process, TCPABORTONDATA). The kernel leaves ECONNRESET on the socket either way.
 */
static __always_inline bool ct_either_end_reset(const struct sock *sk, int oldstate)
{
	return (oldstate == TCP_FIN_WAIT1 || oldstate == TCP_FIN_WAIT2) && (sk->sk_shutdown & CT_RCV_SHUTDOWN);
}

/*
 * What tcp_reset sets before the change of state. Another thread's getsockopt(SO_ERROR) or recv may take sk_err in between; that the RST came is
 * remembered.
 */
static __always_inline int ct_tcp_error(const struct ct_tcp_socket *s, int oldstate, int error)
{
	if (error || !s || !s->reset)
		return error;
	return oldstate == TCP_SYN_SENT ? CT_ECONNREFUSED : oldstate == TCP_CLOSE_WAIT ? CT_EPIPE : CT_ECONNRESET;
}

/* Whether a close that is noticed later can be told exactly: the application was done with it, so nobody has taken its error. */
static __always_inline bool ct_tcp_was_ending(const struct ct_tcp_socket *s)
{
	return s->tcp_state == TCP_FIN_WAIT1 || s->tcp_state == TCP_LAST_ACK;
}

static __always_inline void ct_tcp_ending(struct ct_conn *r, struct sock *sk, int oldstate, int error)
{
	r->transitions |= CT_BIT(oldstate) | CT_BIT(TCP_CLOSE);
	r->error = error;
	r->state = CT_STATE_CLOSED;
	r->tcp_state = oldstate;
	if (error == CT_ECONNRESET && ct_either_end_reset(sk, oldstate))
		r->reset_by = CT_END_NONE;
	else if (error == CT_ECONNRESET || error == CT_ECONNREFUSED ||
		 (error == CT_EPIPE && oldstate == TCP_CLOSE_WAIT))
		r->reset_by = CT_END_REMOTE;
	else if (!error && (oldstate == TCP_ESTABLISHED || oldstate == TCP_CLOSE_WAIT))
		r->reset_by = CT_END_LOCAL;
	else
		r->reset_by = CT_END_NONE;
	if (r->owner_source == CT_OWNER_NONE && r->direction == CT_DIRECTION_INCOMING)
		ct_own_by_listener(r);
}

static __always_inline void ct_tcp_closed(void *ctx, struct sock *sk, struct tcp_sock *tp, struct ct_tcp_socket *s,
					  int oldstate, int error)
{
	struct ct_batch *b = ct_this_batch();
	struct ct_single single;
	struct ct_conn *r;

	if (!tp || !b)
		return;
	if (ct_try_acquire(&b->busy)) {
		r = ct_batch_slot(ctx, b);
		if (r) {
			ct_fill_tcp(r, sk, tp, s);
			ct_tcp_ending(r, sk, oldstate, error);
			ct_batch_commit(ctx, b);
		}
		ct_release(&b->busy);
		return;
	}
	single.reserved = 0;
	ct_fill_tcp(&single.record, sk, tp, s);
	ct_tcp_ending(&single.record, sk, oldstate, error);
	ct_emit_single(ctx, b, &single);
}

/* A close that nobody saw when it happened. `intact`: the socket still holds what it held then. */
static __always_inline void ct_tcp_late_close(void *ctx, struct sock *sk, struct tcp_sock *tp, struct ct_tcp_socket *s,
					      bool intact)
{
	struct ct_batch *b = ct_this_batch();
	__u8 oldstate = s->tcp_state & 0xf;

	if (!b)
		return;
	intact = intact && tp && ct_tcp_was_ending(s);
	s->tcp_state = TCP_CLOSE;
	if (intact) {
		ct_count(b, caught);
		ct_tcp_closed(ctx, sk, tp, s, oldstate, ct_tcp_error(s, oldstate, sk->sk_err));
	} else {
		ct_count(b, attempted);
		ct_count(b, lost_recursion);
	}
}

#endif

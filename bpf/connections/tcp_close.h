/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Reporting the close of a TCP socket: into this CPU's batch, or singly when this program interrupted an append.
 */
#ifndef CONNTRAIL_TCP_CLOSE_H
#define CONNTRAIL_TCP_CLOSE_H

#include "batch.h"
#include "listener.h"
#include "mptcp.h"
#include "tcp_record.h"

#define CT_BIT(state) (1U << (state))

/*
 * What tcp_reset sets before the change of state. Another thread's getsockopt(SO_ERROR) or recv may take sk_err in between; that the RST came is
 * remembered.
 */
static __always_inline int ct_tcp_error(const struct ct_tcp_socket *s, const struct tcp_sock *tp, int oldstate,
					int error)
{
	if (error)
		return error;
	/* tcp_v4_connect undoes its SYN_SENT when no port is free (inet_hash_connect): no SYN, no port, and the errno stays with the caller. */
	if (oldstate == TCP_SYN_SENT && tp && !tp->segs_out && !tp->inet_conn.icsk_inet.inet_sport)
		return CT_EADDRNOTAVAIL;
	if (!s || !s->reset)
		return 0;
	return oldstate == TCP_SYN_SENT ? CT_ECONNREFUSED : oldstate == TCP_CLOSE_WAIT ? CT_EPIPE : CT_ECONNRESET;
}

/*
 * What the state mask gains by a change. ESTABLISHED → CLOSE_WAIT has no event of its own here, so that an active opener that is closed upon shows
 * its ESTABLISHED only by having been there: no other way leads from SYN_SENT to CLOSE_WAIT (net/ipv4/tcp_input.c: tcp_fin).
 */
static __always_inline __u16 ct_states_passed(const struct ct_tcp_socket *s, int oldstate)
{
	return s->tcp_state == TCP_SYN_SENT && oldstate == TCP_CLOSE_WAIT ? CT_BIT(oldstate) | CT_BIT(TCP_ESTABLISHED)
									  : CT_BIT(oldstate);
}

/* Whether a close that is noticed later can be told exactly: the application was done with it, so nobody has taken its error. */
static __always_inline bool ct_tcp_was_ending(const struct ct_tcp_socket *s)
{
	return s->tcp_state == TCP_FIN_WAIT1 || s->tcp_state == TCP_LAST_ACK;
}

/* States from which the kernel ends a connection by a RST (net/ipv4/tcp.c: tcp_need_reset). */
static __always_inline bool ct_needs_reset(int state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT || state == TCP_FIN_WAIT1 ||
	       state == TCP_FIN_WAIT2 || state == TCP_SYN_RECV;
}

/* What of a socket at its CLOSE tells who reset it. */
enum ct_closing {
	CT_CLOSING_DEAD = 1, /* SOCK_DEAD: nobody holds it */
	CT_CLOSING_DONE = 2, /* SOCK_DONE: the peer's FIN came */
	CT_CLOSING_DEAF = 4, /* shut for reading */
	CT_CLOSING_NO_LINGER = 8, /* TCP_LINGER2 below 0 */
	CT_CLOSING_UNSENT = 16,
	CT_CLOSING_UNACKED = 32,
};

static __always_inline __u32 ct_closing(const struct sock *sk, const struct tcp_sock *tp)
{
	__u64 flags = sk->__sk_common.skc_flags;

	return (flags >> SOCK_DEAD & 1) * CT_CLOSING_DEAD | (flags >> SOCK_DONE & 1) * CT_CLOSING_DONE |
	       (sk->sk_shutdown & CT_RCV_SHUTDOWN) * CT_CLOSING_DEAF |
	       ((__u32)tp->linger2 >> 31) * CT_CLOSING_NO_LINGER | (tp->snd_nxt != tp->write_seq) * CT_CLOSING_UNSENT |
	       (tp->packets_out != 0) * CT_CLOSING_UNACKED;
}

/*
 * A CLOSE without an error: an abort by this end changes the state before it sends the RST, and while the socket is still the application's
 * (tcp_disconnect, __tcp_close with unread data). An orderly end from FIN_WAIT comes with the peer's FIN (SOCK_DONE), or, for want of it, to a
 * socket that nobody holds any more (SOCK_DEAD; tcp_time_wait). TCP_LINGER2 below 0 resets such a one at once.
 */
static __always_inline bool ct_aborts(int oldstate, __u32 closing)
{
	bool dead = closing & CT_CLOSING_DEAD;
	bool done = closing & CT_CLOSING_DONE;

	switch (oldstate) {
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		return true;
	case TCP_SYN_RECV:
		return !dead;
	case TCP_FIN_WAIT1:
		return !dead && !done;
	case TCP_FIN_WAIT2:
		return dead ? closing & CT_CLOSING_NO_LINGER : !done;
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		return !dead && (closing & CT_CLOSING_UNSENT);
	}
	return false;
}

/*
 * enum ct_end. A reset while the socket was shut for reading in FIN_WAIT: it may be this end that resets, because data came that nobody would
 * read (tcp_rcv_state_process, TCPABORTONDATA); the kernel leaves ECONNRESET on the socket either way. A function that is not inlined:
 * its many ways are verified once.
 */
__noinline int ct_reset_by(int oldstate, int error, __u32 closing)
{
	bool local = false;

	if (error == CT_ECONNRESET && (oldstate == TCP_FIN_WAIT1 || oldstate == TCP_FIN_WAIT2) &&
	    (closing & CT_CLOSING_DEAF))
		return CT_END_NONE;
	if (error == CT_ECONNRESET || error == CT_ECONNREFUSED || (error == CT_EPIPE && oldstate == TCP_CLOSE_WAIT))
		return CT_END_REMOTE;
	if (!error)
		local = ct_aborts(oldstate, closing);
	else if (error == CT_ECONNABORTED) /* tcp_abort: `ss -K`, and whatever else destroys sockets */
		local = ct_needs_reset(oldstate);
	else if (error == CT_ETIMEDOUT) /* only keepalive, with nothing on its way, resets (tcp_keepalive_timer) */
		local = ct_needs_reset(oldstate) && !(closing & (CT_CLOSING_UNACKED | CT_CLOSING_UNSENT));
	return local ? CT_END_LOCAL : CT_END_NONE;
}

static __always_inline void ct_tcp_ending(struct ct_conn *r, struct sock *sk, struct tcp_sock *tp, int oldstate,
					  int error)
{
	r->transitions |= CT_BIT(oldstate) | CT_BIT(TCP_CLOSE);
	r->error = error;
	r->state = CT_STATE_CLOSED;
	r->tcp_state = oldstate;
	r->reset_by = ct_reset_by(oldstate, error, ct_closing(sk, tp));
	ct_own_by_mptcp(r, tp);
	if (r->owner_source == CT_OWNER_NONE && r->direction == CT_DIRECTION_INCOMING)
		ct_own_by_listener(r, sk->__sk_common.skc_family);
}

static __always_inline void ct_tcp_closed(void *ctx, struct sock *sk, struct tcp_sock *tp, struct ct_tcp_socket *s,
					  int oldstate, int error)
{
	if (!tp)
		return;
	ct_report(ctx, {
		ct_fill_tcp(r, sk, tp, s);
		ct_tcp_ending(r, sk, tp, oldstate, error);
	});
}

/*
 * Of those who find at once that no program saw a close, the hook at the socket's end and a snapshot on another CPU, one may tell it: whoever changes
 * the state kept of it. It is in one word with what other hooks store, so that a word which changed meanwhile is tried anew.
 */
#define CT_CLAIMS 4
static __always_inline bool ct_claim_close(struct ct_tcp_socket *s)
{
#ifdef CT_5_10
	/* Without atomics, and without snapshots. */
	s->tcp_state = TCP_CLOSE;
	return true;
#else
	__u32 *word = (__u32 *)&s->tcp_state;
	__u32 known;
	int i;

	for (i = 0; i < CT_CLAIMS; i++) {
		known = *(volatile __u32 *)word;
		if ((known & CT_STATE_MASK) == TCP_CLOSE)
			return false;
		/* Pairs with itself on the other CPU. */
		if (__sync_val_compare_and_swap(word, known, (known & ~CT_STATE_MASK) | TCP_CLOSE) == known)
			return true;
	}
	/* The next snapshot finds it again. */
	return false;
#endif
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
	if (!ct_claim_close(s))
		return;
	if (intact) {
		ct_count(b, caught);
		ct_tcp_closed(ctx, sk, tp, s, oldstate, ct_tcp_error(s, tp, oldstate, sk->sk_err));
	} else {
		ct_count(b, attempted);
		ct_count(b, lost_recursion);
	}
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * TCP sockets whose opening nobody saw.
 */
#ifndef CONNTRAIL_TCP_MIDSTREAM_H
#define CONNTRAIL_TCP_MIDSTREAM_H

#include "tcp_record.h"
#include "tcp_socket.h"

/* A socket of which nothing is kept: its opening was before our time, or was skipped. The caller sets tcp_state. */
static __always_inline struct ct_tcp_socket *ct_tcp_midstream(struct sock *sk, const struct tcp_sock *tp, __u64 cookie,
							      int state)
{
	struct ct_tcp_socket *s = ct_tcp_make(cookie);

	if (!s || s->generation)
		return s;
	ct_tcp_began(s, sk, tp ? ct_tcp_opener(tp, state) : CT_DIRECTION_UNKNOWN, CT_OBSERVED_MIDSTREAM);
	return s;
}

/*
 * A socket that sends or receives and is not kept: it was in an accept queue, in flight between processes or in io_uring alone when the
 * descriptors were walked at the start. Where tcp_overflow is full there is no room to be tried for at each call.
 */
static __always_inline struct ct_tcp_socket *ct_tcp_noticed(struct sock *sk)
{
	struct ct_control *c = ct_control();
	__u8 state = sk->__sk_common.skc_state;
	struct ct_tcp_socket *s;

	if (!c || !c->enabled || c->overflow_sockets >= CT_TCP_OVERFLOW)
		return NULL;
	if (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT && state != TCP_FIN_WAIT1 && state != TCP_FIN_WAIT2)
		return NULL;
	s = ct_tcp_midstream(sk, bpf_skc_to_tcp_sock(sk), ct_make_cookie(sk), state);
	if (!s || s->transitions)
		return s;
	s->transitions = 1U << state;
	ct_barrier();
	s->tcp_state = state;
	return s;
}

#endif

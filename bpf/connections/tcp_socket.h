/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Finding, making and forgetting what is kept of a TCP socket.
 */
#ifndef CONNTRAIL_TCP_SOCKET_H
#define CONNTRAIL_TCP_SOCKET_H

#include "count.h"
#include "maps.h"

/* A connection that did not begin by this socket's own connect(), or whose beginning nobody saw: the caller says where it stands. */
static __always_inline void ct_tcp_began(struct ct_tcp_socket *s, struct sock *sk, __u8 direction, __u8 observed_from)
{
	s->sock = (__u64)sk;
	s->generation = 1;
	s->start_ns = 0;
	s->transitions = 0;
	s->reported_transitions = 0;
	s->direction = direction;
	s->observed_from = observed_from;
}

/* What the entry keeps of a socket from the moment it is claimed; `sock` is 0 until whoever claimed it fills it in. */
static __always_inline void ct_tcp_clear(struct ct_tcp_socket *s)
{
	s->tcp_state = TCP_CLOSE;
	s->generation = 0;
	s->owner_source = CT_OWNER_NONE;
	s->pid = 0;
	s->reset = 0;
}

#ifdef CT_5_10
#include "tcp_hash.h"
#else
#include "tcp_slots.h"
#endif

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Whether what arrives at a connection is of it. Its socket's programs see it before TCP has looked at its sequence number, so somebody who only
 * knows addresses and ports, and cannot see the packets, could answer for the server; and who may open raw sockets sends in anybody's name.
 */
#ifndef CONNTRAIL_DNS_WINDOW_H
#define CONNTRAIL_DNS_WINDOW_H

#include "headers.h"
#include "kernel_view.h"

/*
 * Beside the window that was offered, bytes: while a call has the socket locked, what arrived waits and its state is read half changed; a packet
 * may begin before what it brings anew.
 */
#define CT_WINDOW_MARGIN 65536

/* States in which sequence numbers are known (include/net/tcp_states.h). */
#define CT_TCP_LISTEN 10
#define CT_TCP_ESTABLISHED 1
#define CT_TCP_FIN_WAIT1 4
#define CT_TCP_FIN_WAIT2 5
#define CT_TCP_CLOSE_WAIT 8

/* RFC 9293 §3.10.7.4, as tcp_sequence() has it, with a margin. True where the kernel may not be read. */
static __always_inline bool ct_is_in_window(struct tcp_sock *tcp, __u32 state, const struct ct_packet *p)
{
	__u32 room, ahead, end;

	if (!ct_can_see())
		return true;
	if (state != CT_TCP_ESTABLISHED && state != CT_TCP_FIN_WAIT1 && state != CT_TCP_FIN_WAIT2 &&
	    state != CT_TCP_CLOSE_WAIT)
		return true;
	room = ct_seen(tcp, rcv_wnd) + CT_WINDOW_MARGIN;
	ahead = p->tcp_seq - ct_seen(tcp, rcv_nxt);
	end = ahead + p->wire_length;
	return (__s32)ahead <= (__s32)room && (__s32)end >= -(__s32)room;
}

/* Whether a packet of TCP is not of the connection whose ports it has. @param protocol @param state of the socket */
static __always_inline bool ct_is_stray(__u32 protocol, __u32 state, struct sock *sk, const struct ct_packet *p,
					bool leaves)
{
	if (protocol != CT_DNS_TCP)
		return true;
	return !leaves && !ct_is_in_window(ct_view(struct tcp_sock, sk), state, p);
}

#endif

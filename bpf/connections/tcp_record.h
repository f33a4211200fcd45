/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * One TCP socket as a record: totals from tcp_sock, never from summed calls, so that sendfile and splice count (spec kernel A4).
 */
#ifndef CONNTRAIL_TCP_RECORD_H
#define CONNTRAIL_TCP_RECORD_H

#include "socket.h"

/*
 * Who opened a connection that was not seen to open. Only an active opener's SYN is acknowledged to its socket (tcp_snd_una_update): so
 * what was acknowledged or is on its way, less the payload sent, is 1 there and 0 at the accepting end, and one more once the FIN was sent.
 */
static __always_inline __u8 ct_tcp_opener(const struct tcp_sock *tp, int state)
{
	__u64 beyond = tp->bytes_acked + (__u32)(tp->snd_nxt - tp->snd_una) - (tp->bytes_sent - tp->bytes_retrans);
	bool open = state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;

	if (beyond == 0)
		return CT_DIRECTION_INCOMING;
	if (beyond == (open ? 1 : 2))
		return CT_DIRECTION_OUTGOING;
	return CT_DIRECTION_UNKNOWN;
}

#ifdef CT_5_10
/*
 * The identity of a conversation whose socket has no cookie, which is told once, at its close: no CPU has two closes in one nanosecond. Beyond all
 * cookies, and within 2^53 for another 140 years.
 */
static __always_inline void ct_number(struct ct_conn *r)
{
	r->cookie = 1ULL << 52 | r->end_ns >> 10;
	r->generation = CT_GENERATION_UNTRACKED | (r->end_ns & 1023) << 16 | (__u16)bpf_get_smp_processor_id();
}
#endif

/*
 * `sk` and `tp` are one socket: through the argument of a hook fields are plain loads, through a pointer that a helper returned each is a load
 * with its fault handled (BPF_PROBE_MEM), three times the instructions. `s` may be NULL: nothing was kept for this socket. Its cookie must
 * have been made already (bpf_get_socket_cookie).
 */
static __always_inline void ct_fill_tcp(struct ct_conn *r, struct sock *sk, struct tcp_sock *tp,
					const struct ct_tcp_socket *s)
{
	__u32 srtt = tp->srtt_us >> 3;
	__u64 received = tp->bytes_received;

	r->cookie = ct_cookie(sk);
	ct_read_namespace(r, sk);
	r->end_ns = bpf_ktime_get_boot_ns();
	/* bytes_sent counts what was transmitted, repeats included (a31ad29e6a30, 4.19). */
	r->sent_bytes = tp->bytes_sent - tp->bytes_retrans;
	/* The FIN counts as one in bytes_received. SOCK_DONE says that it came; the state does not, after SHUT_RD. */
	if (received && (sk->__sk_common.skc_flags & (1UL << SOCK_DONE)))
		received--;
	r->received_bytes = received;
	r->sent_packets = tp->segs_out;
	r->received_packets = tp->segs_in;
	/* inet_sport: skc_num is already 0 at CLOSE where the port was bound automatically. */
	r->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	r->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	ct_read_local(r->local_address, sk);
	r->family = ct_read_remote(r->remote_address, sk);
	r->scope = ct_scope(r->remote_address, r->family, sk);
	r->unknown = 0;
	r->reserved = 0;
	r->retransmits = tp->total_retrans;
	r->srtt_us = srtt;
	r->rttvar_us = tp->mdev_us >> 2;
	r->min_rtt_us = tp->rtt_min.s[0].v;
	r->protocol = CT_TCP;
	if (s) {
		r->start_ns = s->start_ns;
		r->cgroup_id = s->cgroup_id;
		r->pid = s->pid;
		r->uid = s->uid;
		__builtin_memcpy(r->comm, s->comm, CT_COMM_LEN);
		r->generation = s->generation;
		r->transitions = s->transitions;
		r->direction = s->direction;
		r->owner_source = s->owner_source;
		r->observed_from = s->observed_from;
	} else {
		r->start_ns = 0;
		r->cgroup_id = 0;
		r->pid = 0;
		r->uid = 0;
		__builtin_memset(r->comm, 0, CT_COMM_LEN);
		/* Nothing counts for this socket, but its conversations must stay apart: no two of its closes fall into one microsecond. */
		r->generation = CT_GENERATION_UNTRACKED | (__u32)(r->end_ns >> 10);
		r->transitions = 0;
		r->direction = CT_DIRECTION_UNKNOWN;
		r->owner_source = CT_OWNER_NONE;
		r->observed_from = CT_OBSERVED_MIDSTREAM;
	}
#ifdef CT_5_10
	if (!r->cookie)
		ct_number(r);
#endif
}

#endif

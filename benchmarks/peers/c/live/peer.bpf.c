// SPDX-License-Identifier: GPL-2.0
/*
 * A connection tracer as one would write it with libbpf and no more ambition than to be right: state in socket storage, one ring buffer
 * record per closed conversation, no wake-up per record. The records are conntrail's.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "datagram.h"

char LICENSE[] SEC("license") = "GPL";

#define MSG_PEEK 2

static __always_inline void tcp_closed(struct ct_conn *c, struct sock *sk, int oldstate)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return;
	set_ends(c, sk);
	c->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	c->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	c->end_ns = bpf_ktime_get_boot_ns();
	c->sent_bytes = tp->bytes_sent - tp->bytes_retrans;
	c->received_bytes = tp->bytes_received;
	if (c->received_bytes && sk->__sk_common.skc_flags & (1UL << SOCK_DONE))
		c->received_bytes--;
	c->sent_packets = tp->segs_out;
	c->received_packets = tp->segs_in;
	c->retransmits = tp->total_retrans;
	c->srtt_us = tp->srtt_us >> 3;
	c->rttvar_us = tp->mdev_us >> 2;
	c->min_rtt_us = tp->rtt_min.s[0].v;
	c->error = sk->sk_err;
	c->protocol = CT_TCP;
	c->state = CT_STATE_CLOSED;
	c->tcp_state = oldstate;
	if (c->error == 104 || c->error == 111)
		c->reset_by = CT_END_REMOTE;
	else if (!c->error && (oldstate == TCP_ESTABLISHED || oldstate == TCP_CLOSE_WAIT))
		c->reset_by = CT_END_LOCAL;
	emit(c);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, struct sock *sk, int oldstate, int newstate)
{
	struct ct_conn *c;

	if (sk->sk_protocol != CT_TCP || newstate == TCP_LISTEN || (oldstate == TCP_LISTEN && newstate == TCP_CLOSE))
		return 0;
	c = bpf_sk_storage_get(&tcp_sockets, sk, 0, CREATE);
	if (!c)
		return 0;
	if (newstate == TCP_SYN_SENT || newstate == TCP_SYN_RECV) {
		c->start_ns = bpf_ktime_get_boot_ns();
		c->generation++;
		c->transitions = 0;
		c->direction = newstate == TCP_SYN_SENT ? CT_DIRECTION_OUTGOING : CT_DIRECTION_INCOMING;
		if (newstate == TCP_SYN_SENT)
			set_owner(c, CT_OWNER_CONNECT);
	}
	c->transitions |= 1 << oldstate | 1 << newstate;
	if (c->owner_source == CT_OWNER_NONE && (newstate == TCP_FIN_WAIT1 || newstate == TCP_LAST_ACK))
		set_owner(c, CT_OWNER_CLOSE);
	if (newstate == TCP_CLOSE)
		tcp_closed(c, sk, oldstate);
	return 0;
}

static __always_inline int io(struct sock *sk, int outcome, bool sends)
{
	struct ct_conn *c;

	if (sk->__sk_common.skc_family != CT_IPV4 && sk->__sk_common.skc_family != CT_IPV6)
		return 0;
	if (sk->sk_protocol == CT_UDP) {
		udp_io(sk, outcome, sends);
	} else if (sk->sk_protocol == CT_TCP) {
		c = bpf_sk_storage_get(&tcp_sockets, sk, 0, 0);
		if (c && c->owner_source == CT_OWNER_NONE)
			set_owner(c, CT_OWNER_FIRST_IO);
	}
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(send_length, struct sock *sk, int outcome, int flags)
{
	return io(sk, outcome, true);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(recv_length, struct sock *sk, int outcome, int flags)
{
	return flags & MSG_PEEK ? 0 : io(sk, outcome, false);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return remember(ctx, false);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	return remember(ctx, true);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	return remember(ctx, false);
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
	return remember(ctx, true);
}

SEC("cgroup/sock_release")
int released(struct bpf_sock *ctx)
{
	struct udp_socket *u;

	if (ctx->protocol != CT_UDP)
		return 1;
	u = bpf_sk_storage_get(&udp_sockets, ctx, 0, 0);
	for (__u32 i = 0; u && i < PEERS && i < u->count; i++) {
		u->flows[i].state = CT_STATE_CLOSED;
		emit(&u->flows[i]);
	}
	return 1;
}

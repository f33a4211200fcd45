// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group snapshot: iterators. Two show the open conversations of all network namespaces (they walk the sockets that carry our
 * storage); one walks the descriptors of all tasks at start and gives storage to the sockets that were open before.
 */
#include "owner.h"
#include "tcp_record.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline bool ct_everything(void)
{
	struct ct_control *c = ct_control();

	return c && c->snapshot_full;
}

SEC("iter/bpf_sk_storage_map")
int snapshot_tcp(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct ct_tcp_socket *s = ctx->value;
	struct sock *sk = ctx->sk;
	struct ct_conn row = {};
	struct tcp_sock *tp;

	if (!s || !sk || !s->generation || s->tcp_state == TCP_CLOSE)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	ct_fill_tcp(&row, sk, tp, s);
	if (!ct_everything() && row.sent_bytes == s->reported_sent && row.received_bytes == s->reported_received &&
	    row.transitions == s->reported_transitions)
		return 0;
	row.tcp_state = s->tcp_state;
	/* On overflow the kernel discards this row and shows the socket again in the next read. */
	if (bpf_seq_write(ctx->meta->seq, &row, sizeof(row)))
		return 0;
	s->reported_sent = row.sent_bytes;
	s->reported_received = row.received_bytes;
	s->reported_transitions = row.transitions;
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int snapshot_udp(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct ct_udp_socket *u = ctx->value;
	struct ct_conn row;
	__u64 packets;

	if (!u || !ctx->sk || !u->primary.generation || !u->primary.cookie)
		return 0;
	row = u->primary;
	packets = row.sent_packets + row.received_packets;
	if (!ct_everything() && packets == u->reported_packets)
		return 0;
	row.end_ns = bpf_ktime_get_boot_ns();
	if (bpf_seq_write(ctx->meta->seq, &row, sizeof(row)))
		return 0;
	u->reported_packets = packets;
	return 0;
}

static __always_inline void ct_seed_tcp(struct sock *sk, struct task_struct *task)
{
	struct ct_tcp_socket *s;
	__u8 state = sk->__sk_common.skc_state;

	if (state == TCP_CLOSE)
		return;
	s = bpf_sk_storage_get(&tcp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
	if (!s || s->tcp_state)
		return;
	s->tcp_state = state;
	ct_own(s, task, state == TCP_LISTEN ? CT_OWNER_LISTENER : CT_OWNER_SNAPSHOT);
	s->uid = task->cred->uid.val;
	s->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	if (state == TCP_LISTEN)
		return;
	s->observed_from = CT_OBSERVED_SNAPSHOT;
	s->transitions = 1U << state;
	s->generation = 1;
}

SEC("iter/task_file")
int seed_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct ct_udp_socket *u;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || (sk->__sk_common.skc_family != CT_IPV4 && sk->__sk_common.skc_family != CT_IPV6))
		return 0;
	if (sk->sk_protocol == CT_TCP) {
		ct_seed_tcp(sk, task);
	} else if (sk->sk_protocol == CT_UDP) {
		u = bpf_sk_storage_get(&udp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
		if (u && !u->generation)
			u->preexisting = 1;
	}
	return 0;
}

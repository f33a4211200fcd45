// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group snapshot: iterators. Two show the open conversations of all network namespaces (they walk the sockets that carry our
 * storage); one walks the descriptors of all tasks at start and gives storage to the sockets that were open before.
 */
#include "listener.h"
#include "mptcp.h"
#include "owner.h"
#include "tcp_look.h"
#include "udp_expiry.h"
#include "udp_untracked.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void ct_show_tcp(void *ctx, struct bpf_iter_meta *meta, struct ct_tcp_socket *s)
{
	__u64 cookie = *(volatile __u64 *)&s->cookie;
	__u32 pass = meta->session_id;
	struct ct_conn row = {};
	int look;

	if (!cookie)
		return;
	look = ct_look_at_tcp(s, &row, cookie, pass);
	if (look != CT_LOOK_SHOW)
		ct_tcp_looked(ctx, s, &row, cookie, look);
	else if (!bpf_seq_write(meta->seq, &row, sizeof(row)))
		ct_row_told(s, &row, pass);
}

SEC("iter/bpf_map_elem")
int snapshot_tcp_overflow(struct bpf_iter__bpf_map_elem *ctx)
{
	struct ct_tcp_socket *s = ctx->value;

	if (s)
		ct_show_tcp(ctx, ctx->meta, s);
	return 0;
}

struct ct_block_walk {
	void *ctx;
	struct bpf_iter_meta *meta;
	__u32 first;
};

static long ct_show_slot(__u32 index, struct ct_block_walk *walk)
{
	__u32 slot = walk->first + index;
	struct ct_tcp_socket *s = bpf_map_lookup_elem(&tcp_slots, &slot);

	if (s)
		ct_show_tcp(walk->ctx, walk->meta, s);
	return 0;
}

/* Called once per block of slots, not per slot: the kernel's own work for a call is ten times that for an empty slot. */
SEC("iter/bpf_map_elem")
int snapshot_tcp(struct bpf_iter__bpf_map_elem *ctx)
{
	struct ct_block_walk walk = {.ctx = ctx, .meta = ctx->meta};
	__u32 *block = ctx->key;

	if (!block)
		return 0;
	walk.first = *block * CT_TCP_BLOCK;
	bpf_loop(CT_TCP_BLOCK, ct_show_slot, &walk, 0);
	return 0;
}

static __always_inline int ct_show_udp(struct seq_file *seq, struct ct_conn *flow, __u64 *reported)
{
	struct ct_conn row = *flow;
	__u64 packets = row.sent_packets + row.received_packets;

	if (!row.generation || !row.cookie || (!ct_everything() && packets == *reported))
		return 0;
	row.end_ns = bpf_ktime_get_boot_ns();
	row.state = CT_STATE_OPEN;
	if (!bpf_seq_write(seq, &row, sizeof(row)))
		*reported = packets;
	return 0;
}

/* The rows of primaries that have expired are closed ones. */
SEC("iter/bpf_sk_storage_map")
int snapshot_udp(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct ct_udp_socket *u = ctx->value;
	struct ct_conn row;

	if (!u || !ctx->sk)
		return 0;
	if (!ct_primary_ripe(u))
		return ct_show_udp(ctx->meta->seq, &u->primary, &u->reported_packets);
	row = u->primary;
	/* No room in this read. Its socket may close before the next one, and then leaves it to us. */
	if (bpf_seq_write(ctx->meta->seq, &row, sizeof(row)))
		ct_append(ctx, &row);
	ct_primary_clear(u);
	return 0;
}

/*
 * An iterator rather than BPF_MAP_LOOKUP_BATCH: while that runs, the kernel skips every tracing program on its CPU without counting it
 * (bpf_disable_instrumentation), and so closes that softirq handles meanwhile would be missed silently.
 */
SEC("iter/bpf_map_elem")
int snapshot_udp_flows(struct bpf_iter__bpf_map_elem *ctx)
{
	struct ct_udp_flow *flow = ctx->value;

	return flow ? ct_show_udp(ctx->meta->seq, &flow->conn, &flow->reported_packets) : 0;
}

static __always_inline void ct_seed_listener(struct sock *sk, struct task_struct *task)
{
	struct ct_listener listener = {};

	/* When it began to listen is not known; before any connection that will be seen. */
	ct_own(&listener, task, CT_OWNER_LISTENER);
	ct_listener_process(&listener, task);
	listener.uid = task->cred->uid.val;
	listener.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	ct_listener_store(sk, &listener);
}

static __always_inline void ct_seed_tcp(struct sock *sk, struct task_struct *task)
{
	__u8 state = sk->__sk_common.skc_state;
	struct ct_tcp_socket *s;
	struct tcp_sock *tp;

	if (state == TCP_CLOSE)
		return;
	if (state == TCP_LISTEN) {
		ct_seed_listener(sk, task);
		return;
	}
	tp = bpf_skc_to_tcp_sock(sk);
	s = ct_tcp_make(ct_make_cookie(sk));
	/* What the hooks have seen since they were enabled knows more. */
	if (!s || s->generation)
		return;
	ct_tcp_began(s, sk, tp ? ct_tcp_opener(tp, state) : CT_DIRECTION_UNKNOWN, CT_OBSERVED_SNAPSHOT);
	s->transitions = 1U << state;
	ct_own(s, task, CT_OWNER_SNAPSHOT);
	s->uid = task->cred->uid.val;
	s->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	ct_barrier();
	s->tcp_state = state;
}

static __always_inline void ct_seed_mptcp(struct sock *sk, struct task_struct *task)
{
	struct ct_mptcp_owner owner = {};
	__u64 key = (__u64)sk;

	if (sk->__sk_common.skc_state == TCP_LISTEN || sk->__sk_common.skc_state == TCP_CLOSE)
		return;
	ct_own(&owner, task, CT_OWNER_SNAPSHOT);
	owner.uid = task->cred->uid.val;
	owner.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	if (!ct_mptcp_known(key, CT_OWNER_SNAPSHOT))
		bpf_map_update_elem(&mptcp_owners, &key, &owner, BPF_ANY);
}

SEC("iter/task_file")
int seed_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct ct_control *c = ct_control();
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
	} else if (sk->sk_protocol == CT_MPTCP) {
		ct_seed_mptcp(sk, task);
	} else if (sk->sk_protocol == CT_UDP) {
		u = bpf_sk_storage_get(&udp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
		if (u && !u->generation)
			u->preexisting = 1;
		if (!u && c)
			ct_untracked(c, ct_make_cookie(sk));
	}
	return 0;
}

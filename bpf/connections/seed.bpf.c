// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group snapshot, on every rung: walks the descriptors of all tasks once, at start, and gives storage to the sockets that were open
 * before.
 */
#include "listener.h"
#include "mptcp.h"
#include "owner.h"
#include "tcp_record.h"
#include "tcp_socket.h"
#include "udp_untracked.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group tcp by sockops callbacks in the place of the state tracepoint, to be measured beside it: docs/decisions/0009-sockops.md. What is done
 * at a change is the product's own (tcp_change.h).
 */
#include "owner.h"

/* Helpers that sockops programs may not call, or only with their own context. */
#define bpf_get_current_uid_gid() (bpf_get_current_task_btf()->cred->uid.val)
#define bpf_get_current_cgroup_id() (bpf_get_current_task_btf()->cgroups->dfl_cgrp->kn->id)

#include "batch.h"

/* Made before, with the context. */
#define ct_make_cookie ct_cookie

static __always_inline struct sock *ct_sock_of(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;

	return sk ? (struct sock *)bpf_skc_to_tcp_sock(sk) : NULL;
}

#include "tcp_change.h"
char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_OP_CONNECT 3 /* include/uapi/linux/bpf.h: BPF_SOCK_OPS_TCP_CONNECT_CB */
#define CT_OP_ACCEPTED 5 /* BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB */
#define CT_OP_STATE 10 /* BPF_SOCK_OPS_STATE_CB */
#define CT_OP_LISTEN 11 /* BPF_SOCK_OPS_TCP_LISTEN_CB */
#define CT_STATE_CALLBACKS 4 /* BPF_SOCK_OPS_STATE_CB_FLAG */

/*
 * From here on this socket's changes are told, also those of its next connects: true at the first time. An accepted one has that from its listener,
 * if it began to listen in our time.
 */
static __always_inline bool ct_follow(struct bpf_sock_ops *ctx)
{
	if (ctx->bpf_sock_ops_cb_flags & CT_STATE_CALLBACKS)
		return false;
	bpf_get_socket_cookie(ctx);
	bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | CT_STATE_CALLBACKS);
	return true;
}

SEC("sockops")
int tcp_set_state(struct bpf_sock_ops *ctx)
{
	int op = ctx->op, oldstate, newstate;
	struct sock *sk;

	if (op == CT_OP_STATE) {
		oldstate = ctx->args[0];
		newstate = ctx->args[1];
		if (!ct_matters(oldstate, newstate) || !ct_enabled())
			return 1;
		bpf_get_socket_cookie(ctx);
		sk = ct_sock_of(ctx);
		if (sk)
			ct_tcp_change(ctx, sk, oldstate, newstate, false);
		return 1;
	}
	if ((op != CT_OP_CONNECT && op != CT_OP_ACCEPTED && op != CT_OP_LISTEN) || !ct_enabled())
		return 1;
	if (!ct_follow(ctx) || op == CT_OP_ACCEPTED)
		return 1;
	sk = ct_sock_of(ctx);
	if (sk)
		ct_tcp_change(ctx, sk, TCP_CLOSE, op == CT_OP_CONNECT ? TCP_SYN_SENT : TCP_LISTEN, false);
	return 1;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(tcp_reset_received, struct sock *sk)
{
	ct_tcp_reset(sk);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroyed, struct sock *sk)
{
	ct_tcp_gone(ctx, sk);
	return 0;
}

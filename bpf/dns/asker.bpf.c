// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * Who answers: the process that binds a socket to a port of DNS. And who asks: the one that connects to such a port or sends to one, in its own
 * context, before the first packet; loaded only where sender.h cannot tell, since it is on the way of every connect and of many datagrams.
 */
#include "owner.h"
#include "ports.h"

#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void ct_dns_used(struct bpf_sock *sk, __u8 source)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ct_dns_owner *owner;

	if (!sk || (task->flags & CT_PF_KTHREAD))
		return;
	owner = bpf_sk_storage_get(&dns_owners, sk, 0, CT_SK_STORAGE_CREATE);
	if (owner && !ct_dns_is_of(owner, task, source))
		ct_dns_own(owner, task, source);
}

static __always_inline int ct_dns_to(struct bpf_sock_addr *ctx, __u8 source)
{
	if (!ct_is_dns_port(bpf_ntohs(ctx->user_port)))
		return 1;
	if (ctx->protocol == CT_DNS_UDP || ctx->protocol == CT_DNS_TCP)
		ct_dns_used(ctx->sk, source);
	return 1;
}

static __always_inline int ct_dns_at(struct bpf_sock *ctx)
{
	if (!ct_is_dns_port(ctx->src_port))
		return 1;
	if (ctx->protocol == CT_DNS_UDP || ctx->protocol == CT_DNS_TCP)
		ct_dns_used(ctx, CT_DNS_OWNER_BIND);
	return 1;
}

SEC("cgroup/connect4")
int dns_connect4(struct bpf_sock_addr *ctx)
{
	return ct_dns_to(ctx, CT_DNS_OWNER_CONNECT);
}

SEC("cgroup/connect6")
int dns_connect6(struct bpf_sock_addr *ctx)
{
	return ct_dns_to(ctx, CT_DNS_OWNER_CONNECT);
}

SEC("cgroup/sendmsg4")
int dns_sendmsg4(struct bpf_sock_addr *ctx)
{
	return ct_dns_to(ctx, CT_DNS_OWNER_SEND);
}

SEC("cgroup/sendmsg6")
int dns_sendmsg6(struct bpf_sock_addr *ctx)
{
	return ct_dns_to(ctx, CT_DNS_OWNER_SEND);
}

SEC("cgroup/post_bind4")
int dns_bind4(struct bpf_sock *ctx)
{
	return ct_dns_at(ctx);
}

SEC("cgroup/post_bind6")
int dns_bind6(struct bpf_sock *ctx)
{
	return ct_dns_at(ctx);
}

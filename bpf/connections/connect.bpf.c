// SPDX-License-Identifier: GPL-2.0
/*
 * Calls of connect() on TCP sockets, before the kernel looks for a route: for the records of those that come to nothing (attempt.h).
 */
#include "attempt.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline struct sock *ct_socket_of(struct bpf_sock_addr *ctx)
{
	return (struct sock *)bpf_skc_to_tcp_sock(ctx->sk);
}

/* A socket whose last call failed makes another one: a generation of its own for what came to nothing. */
static __always_inline void ct_attempt_again(struct bpf_sock_addr *ctx, struct ct_attempt *attempt, __u64 cookie)
{
	struct sock *sk = ct_socket_of(ctx);
	struct ct_tcp_socket *s = sk ? ct_tcp_make(cookie) : NULL;

	if (s) {
		s->generation++;
		s->sock = (__u64)sk;
		ct_attempt_told(ctx, sk, attempt, s->generation);
	}
}

static __always_inline void ct_attempted(struct bpf_sock_addr *ctx, const struct ct_peer *peer)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	__u32 slot = cookie % CT_TCP_SLOTS;
	struct ct_attempt *attempt = bpf_map_lookup_elem(&tcp_attempts, &slot);

	if (!attempt)
		return;
	if (attempt->cookie == cookie && ct_attempt_failed(cookie, ct_tcp_find(cookie)))
		ct_attempt_again(ctx, attempt, cookie);
	attempt->cookie = 0;
	attempt->peer = *peer;
	attempt->pid = bpf_get_current_pid_tgid() >> 32;
	attempt->at_ns = bpf_ktime_get_boot_ns();
	/* Last: until then the entry is nobody's. */
	ct_barrier();
	attempt->cookie = cookie;
}

SEC("cgroup/connect4")
int tcp_connect4(struct bpf_sock_addr *ctx)
{
	struct ct_peer peer = {};

	if (ctx->protocol != CT_TCP || !ct_enabled())
		return 1;
	ct_store_v4(peer.address, ctx->user_ip4);
	peer.port = bpf_ntohs(ctx->user_port);
	peer.family = CT_IPV4;
	ct_attempted(ctx, &peer);
	return 1;
}

SEC("cgroup/connect6")
int tcp_connect6(struct bpf_sock_addr *ctx)
{
	struct ct_peer peer = {};

	if (ctx->protocol != CT_TCP || !ct_enabled())
		return 1;
	peer.family = ct_store_v6(peer.address, ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]);
	peer.port = bpf_ntohs(ctx->user_port);
	ct_attempted(ctx, &peer);
	return 1;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group udp: the peer of each datagram on an unconnected socket, and the close of every UDP socket. udp_by_thread.bpf.c builds the same
 * for kernels where these programs have no task storage.
 */
#include "batch.h"
#include "udp_count.h"
#ifdef CT_PEERS_BY_THREAD
#include "udp_threads.h"
#else
#include "udp_peer.h"
#endif
#include "udp_untracked.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_LOOPBACK_V4 0x7f000001 /* 127.0.0.1 */

#ifdef CT_PEERS_BY_THREAD
static __always_inline struct ct_pending_peer *ct_place_of_peer(void)
{
	struct ct_pending_peer *place = ct_thread_find();

	return place ? place : ct_thread_enter();
}
#else
static __always_inline struct ct_pending_peer *ct_place_of_peer(void)
{
	return bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, CT_SK_STORAGE_CREATE);
}
#endif

static __always_inline void ct_remember_peer(struct bpf_sock_addr *ctx, const struct ct_peer *peer)
{
	struct ct_pending_peer *pending;
	struct ct_batch *b;

	/* Nobody would take it. */
	if (!ct_enabled())
		return;
	pending = ct_place_of_peer();
	if (!pending) {
		b = ct_this_batch();
		if (b)
			ct_count(b, unnamed);
		return;
	}
	pending->peer = *peer;
	pending->handled = 0;
	pending->ran = 0;
	pending->cookie = bpf_get_socket_cookie(ctx);
}

static __always_inline int ct_peer_v4(struct bpf_sock_addr *ctx, __u32 address)
{
	struct ct_peer peer = {};

	if (ctx->protocol != CT_UDP)
		return 1;
	ct_store_v4(peer.address, address);
	peer.port = bpf_ntohs(ctx->user_port);
	peer.family = CT_IPV4;
	ct_remember_peer(ctx, &peer);
	return 1;
}

extern void *bpf_cast_to_kern_ctx(void *obj) __ksym __weak;

/* The interface that goes with a link-local or multicast address: of what the caller wrote, or is told (RFC 4007). */
static __always_inline __u32 ct_scope_v6(struct bpf_sock_addr *ctx, const struct ct_peer *peer)
{
	struct bpf_sock_addr_kern *call;
	struct sockaddr_in6 *address;

	if (peer->family != CT_IPV6 || !ct_is_scoped(peer->address, CT_IPV6))
		return 0;
	if (!bpf_ksym_exists(bpf_cast_to_kern_ctx) || !bpf_ksym_exists(bpf_rdonly_cast))
		return 0;
	call = bpf_cast_to_kern_ctx(ctx);
	/* Not by bpf_probe_read_kernel: lockdown (confidentiality) refuses it, and with it all of UDP. */
	address = bpf_rdonly_cast(call->uaddr, bpf_core_type_id_kernel(struct sockaddr_in6));
	return address->sin6_scope_id;
}

static __always_inline int ct_peer_v6(struct bpf_sock_addr *ctx, bool sends)
{
	struct ct_peer peer = {};
	__u32 last = ctx->user_ip6[3];

	if (ctx->protocol != CT_UDP)
		return 1;
	/* :: becomes ::1, after this hook (udpv6_sendmsg). */
	if (sends && !(ctx->user_ip6[0] | ctx->user_ip6[1] | ctx->user_ip6[2] | last))
		last = bpf_htonl(1);
	peer.family = ct_store_v6(peer.address, ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], last);
	peer.port = bpf_ntohs(ctx->user_port);
	peer.scope = ct_scope_v6(ctx, &peer);
	ct_remember_peer(ctx, &peer);
	return 1;
}

SEC("cgroup/sendmsg4")
int udp_sendmsg4(struct bpf_sock_addr *ctx)
{
	__u32 address = ctx->user_ip4;

	/* 0.0.0.0 is this host: the source address if it has one, else loopback (ip_route_output_key_hash_rcu). */
	if (!address)
		address = ctx->msg_src_ip4;
	if (!address)
		address = bpf_htonl(CT_LOOPBACK_V4);
	return ct_peer_v4(ctx, address);
}

SEC("cgroup/sendmsg6")
int udp_sendmsg6(struct bpf_sock_addr *ctx)
{
	return ct_peer_v6(ctx, true);
}

SEC("cgroup/recvmsg4")
int udp_recvmsg4(struct bpf_sock_addr *ctx)
{
	return ct_peer_v4(ctx, ctx->user_ip4);
}

SEC("cgroup/recvmsg6")
int udp_recvmsg6(struct bpf_sock_addr *ctx)
{
	return ct_peer_v6(ctx, false);
}

/* Its flows in udp_flows, `flows` at most, are for the next pass to tell (udp_expiry.bpf.c), which has its own pace. */
static __always_inline void ct_udp_end(struct ct_control *c, __u64 cookie, __u32 flows)
{
	__u32 pass = *(volatile __u32 *)&c->udp_pass;

	__sync_fetch_and_add(&c->udp_ended, 1);
	if (!bpf_map_update_elem(&udp_ended, &cookie, &pass, BPF_ANY))
		return;
	/* No memory: they end by their time-out instead. */
	__sync_fetch_and_add(&c->udp_ended, -1);
	__sync_fetch_and_add(&c->udp_unended, flows);
}

/* inet_release, in the context of the last process to hold the socket. */
SEC("cgroup/sock_release")
int udp_sock_release(struct bpf_sock *ctx)
{
	struct ct_udp_socket *u;
	struct ct_control *c;
	__u32 flows = 0;
	__u64 cookie;

	if (ctx->protocol != CT_UDP || !ct_enabled())
		return 1;
	c = ct_control();
	if (!c)
		return 1;
	u = bpf_sk_storage_get(&udp_sockets, ctx, 0, 0);
	/* What is still being put together never leaves (udp_destroy_sock). */
	if (u && u->cork.len)
		ct_cork_settle(ct_udp_sock(ctx), u, bpf_get_socket_cookie(ctx));
	if (u && u->primary.generation && !__sync_lock_test_and_set(&u->told, 1))
		ct_append(ctx, &u->primary);
	if (u && u->chained)
		flows = u->generation;
	if (!flows && !ct_any_untracked(c))
		return 1;
	cookie = bpf_get_socket_cookie(ctx);
	flows += ct_untracked_forget(c, cookie);
	if (flows)
		ct_udp_end(c, cookie, flows);
	return 1;
}

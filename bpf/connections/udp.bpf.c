// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group udp: the peer of each datagram on an unconnected socket, and the close of every UDP socket.
 */
#include "batch.h"
#include "udp_count.h"
#include "udp_peer.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_LOOPBACK_V4 0x7f000001 /* 127.0.0.1 */

static __always_inline void ct_remember_peer(struct bpf_sock_addr *ctx, const struct ct_peer *peer)
{
	struct ct_pending_peer *pending =
		bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, CT_SK_STORAGE_CREATE);

	if (!pending)
		return;
	pending->peer = *peer;
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
	__u32 scope = 0;

	if (peer->family != CT_IPV6 || !ct_is_scoped(peer->address, CT_IPV6) || !bpf_ksym_exists(bpf_cast_to_kern_ctx))
		return 0;
	call = bpf_cast_to_kern_ctx(ctx);
	address = (struct sockaddr_in6 *)call->uaddr;
	bpf_probe_read_kernel(&scope, sizeof(scope), &address->sin6_scope_id);
	return scope;
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

static __always_inline void ct_udp_ending(struct ct_conn *r)
{
	r->end_ns = bpf_ktime_get_boot_ns();
	r->state = CT_STATE_CLOSED;
}

static __always_inline void ct_udp_closed(void *ctx, const struct ct_conn *flow)
{
	struct ct_batch *b = ct_this_batch();
	struct ct_single single;
	struct ct_conn *r;

	if (!b)
		return;
	if (ct_try_acquire(&b->busy)) {
		r = ct_batch_slot(ctx, b);
		if (r) {
			*r = *flow;
			ct_udp_ending(r);
			ct_batch_commit(ctx, b);
		}
		ct_release(&b->busy);
		return;
	}
	single.reserved = 0;
	single.record = *flow;
	ct_udp_ending(&single.record);
	ct_emit_single(ctx, b, &single);
}

struct ct_walk {
	void *ctx;
	struct ct_udp_key key;
};

static long ct_close_chained(__u32 index, struct ct_walk *walk)
{
	struct ct_udp_flow *flow = bpf_map_lookup_elem(&udp_flows, &walk->key);
	struct ct_udp_key key = walk->key;

	if (!flow)
		return 1;
	ct_udp_closed(walk->ctx, &flow->conn);
	walk->key.peer = flow->next;
	if (!bpf_map_delete_elem(&udp_flows, &key))
		ct_control_add(chained_flows, -1);
	return 0;
}

/* inet_release, in the context of the last process to hold the socket. */
SEC("cgroup/sock_release")
int udp_sock_release(struct bpf_sock *ctx)
{
	struct ct_udp_socket *u;
	struct ct_walk walk = {};

	if (ctx->protocol != CT_UDP || !ct_enabled())
		return 1;
	u = bpf_sk_storage_get(&udp_sockets, ctx, 0, 0);
	if (!u)
		return 1;
	/* What is still being put together never leaves (udp_destroy_sock). */
	if (u->cork.len) {
		struct udp_sock *up = ct_udp_sock(ctx);

		if (up)
			ct_cork_settle(up, u, u->primary.cookie);
	}
	if (u->primary.generation)
		ct_udp_closed(ctx, &u->primary);
	if (u->chained) {
		walk.ctx = ctx;
		walk.key.cookie = u->primary.cookie;
		walk.key.peer = u->head;
		bpf_loop(u->chained, ct_close_chained, &walk, 0);
	}
	return 1;
}

// SPDX-License-Identifier: GPL-2.0
/* UDP: datagrams counted by socket and peer. */
#pragma once

#include "socket.h"

static __always_inline bool same_peer(const struct ct_conn *flow, const struct peer *peer)
{
	const __u64 *a = (const __u64 *)flow->remote_address, *b = (const __u64 *)peer->address;

	return flow->remote_port == peer->port && a[0] == b[0] && a[1] == b[1];
}

static __always_inline struct ct_conn *flow_of(struct sock *sk, const struct peer *peer, bool sends)
{
	struct udp_socket *u = bpf_sk_storage_get(&udp_sockets, sk, 0, CREATE);
	struct ct_conn *flow = NULL;
	__u32 i;

	if (!u)
		return NULL;
	for (i = 0; i < PEERS && i < u->count; i++)
		if (same_peer(&u->flows[i], peer))
			return &u->flows[i];
	if (i >= PEERS)
		return NULL;
	flow = &u->flows[i];
	u->count = i + 1;
	set_ends(flow, sk);
	__builtin_memcpy(flow->remote_address, peer->address, sizeof(peer->address));
	flow->remote_port = peer->port;
	flow->local_port = sk->__sk_common.skc_num;
	flow->family = peer->family;
	flow->protocol = CT_UDP;
	flow->generation = u->count;
	flow->start_ns = bpf_ktime_get_boot_ns();
	flow->min_rtt_us = CT_MIN_RTT_UNKNOWN;
	flow->direction = sends ? CT_DIRECTION_OUTGOING : CT_DIRECTION_INCOMING;
	set_owner(flow, CT_OWNER_FIRST_IO);
	return flow;
}

static __always_inline void udp_io(struct sock *sk, int outcome, bool sends)
{
	struct peer *call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0, 0);
	struct peer peer = {};
	struct ct_conn *flow;

	if (call && call->family) {
		peer = *call;
		call->family = 0;
	} else {
		bool six = sk->__sk_common.skc_family == CT_IPV6;

		peer.port = bpf_ntohs(sk->__sk_common.skc_dport);
		peer.family = set_address(peer.address, sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32,
					  sk->__sk_common.skc_daddr, six);
	}
	if (outcome < 0)
		return;
	flow = flow_of(sk, &peer, sends);
	if (!flow)
		return;
	flow->end_ns = bpf_ktime_get_boot_ns();
	if (sends) {
		__sync_fetch_and_add(&flow->sent_bytes, outcome);
		__sync_fetch_and_add(&flow->sent_packets, 1);
	} else {
		__sync_fetch_and_add(&flow->received_bytes, outcome);
		__sync_fetch_and_add(&flow->received_packets, 1);
	}
}

static __always_inline int remember(struct bpf_sock_addr *ctx, bool six)
{
	struct peer *call;
	__u32 words[4] = {};

	if (ctx->protocol != CT_UDP)
		return 1;
	call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0, CREATE);
	if (!call)
		return 1;
	if (six) {
		words[0] = ctx->user_ip6[0];
		words[1] = ctx->user_ip6[1];
		words[2] = ctx->user_ip6[2];
		words[3] = ctx->user_ip6[3];
	}
	call->port = bpf_ntohs(ctx->user_port);
	call->family = set_address(call->address, words, six ? 0 : ctx->user_ip4, six);
	return 1;
}

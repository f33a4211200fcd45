// SPDX-License-Identifier: GPL-2.0
/*
 * A connection tracer as one would write it with libbpf and no more ambition than to be right: state in socket storage, one ring buffer
 * record per closed conversation, no wake-up per record. The records are conntrail's.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "records.h"

char LICENSE[] SEC("license") = "GPL";

#define MSG_PEEK 2
#define CREATE BPF_LOCAL_STORAGE_GET_F_CREATE
/* Peers of one UDP socket; datagrams of further ones are not counted. */
#define PEERS 4

struct peer {
	__u8 address[16];
	__u16 port;
	__u8 family;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_conn);
} tcp_sockets SEC(".maps");

struct udp_socket {
	__u32 count;
	struct ct_conn flows[PEERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct udp_socket);
} udp_sockets SEC(".maps");

/* Peer of the call that a task is in, from the cgroup hook to the one that knows the outcome. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct peer);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

__u64 lost;

static __always_inline void set_owner(struct ct_conn *c, __u8 source)
{
	struct task_struct *task = bpf_get_current_task_btf();

	c->pid = task->tgid;
	c->uid = bpf_get_current_uid_gid();
	c->cgroup_id = bpf_get_current_cgroup_id();
	__builtin_memcpy(c->comm, task->group_leader->comm, CT_COMM_LEN);
	c->owner_source = source;
}

static __always_inline __u8 set_address(__u8 *target, const __u32 *words, __u32 v4, bool six)
{
	bool mapped = six && !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
	__u32 *out = (__u32 *)target;

	if (six && !mapped) {
		out[0] = words[0];
		out[1] = words[1];
		out[2] = words[2];
		out[3] = words[3];
		return CT_IPV6;
	}
	out[0] = mapped ? words[3] : v4;
	out[1] = out[2] = out[3] = 0;
	return CT_IPV4;
}

static __always_inline void set_ends(struct ct_conn *c, struct sock *sk)
{
	bool six = sk->__sk_common.skc_family == CT_IPV6;
	struct net *net = sk->__sk_common.skc_net.net;

	c->cookie = bpf_get_socket_cookie(sk);
	c->netns_cookie = net->net_cookie;
	c->netns_inode = net->ns.inum;
	set_address(c->local_address, sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32, sk->__sk_common.skc_rcv_saddr,
		    six);
	c->family = set_address(c->remote_address, sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32,
				sk->__sk_common.skc_daddr, six);
}

static __always_inline void emit(const struct ct_conn *c)
{
	struct ct_single *single = bpf_ringbuf_reserve(&events, sizeof(*single), 0);

	if (!single) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	single->cpu = bpf_get_smp_processor_id();
	single->reserved = 0;
	single->record = *c;
	bpf_ringbuf_submit(single, BPF_RB_NO_WAKEUP);
}

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
	if (sends) {
		__sync_fetch_and_add(&flow->sent_bytes, outcome);
		__sync_fetch_and_add(&flow->sent_packets, 1);
	} else {
		__sync_fetch_and_add(&flow->received_bytes, outcome);
		__sync_fetch_and_add(&flow->received_packets, 1);
	}
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
		u->flows[i].end_ns = bpf_ktime_get_boot_ns();
		u->flows[i].state = CT_STATE_CLOSED;
		emit(&u->flows[i]);
	}
	return 1;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group owner: the first process that sends or receives on an accepted TCP socket, and all of UDP's counting.
 * sock_send_length and sock_recv_length (6e6eda44b939, 6.3) run in the caller's context with the outcome of each call.
 */
#include "owner.h"
#include "tcp_midstream.h"
#include "udp_flow.h"
#include "udp_peer.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 ct_udp_on = 0; /* 1: group udp is live, so that flows will be closed and peers are known */

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

static __always_inline bool ct_is_inet(struct sock *sk)
{
	return sk->__sk_common.skc_family == CT_IPV4 || sk->__sk_common.skc_family == CT_IPV6;
}

static __always_inline void ct_tcp_io(struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);
	struct ct_tcp_socket *s = cookie ? ct_tcp_find(cookie) : NULL;

	if (!s && ct_is_inet(sk))
		s = ct_tcp_noticed(sk);
	if (s && s->owner_source < CT_OWNER_FIRST_IO)
		ct_own_current(s, CT_OWNER_FIRST_IO);
}

/*
 * The peer of this call: what the cgroup hook left for this task and socket, which is told by true, else the one the socket is
 * connected to.
 */
static __always_inline bool ct_peer_of_call(struct sock *sk, struct ct_peer *peer)
{
	struct ct_pending_peer *pending = bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, 0);

	if (pending && pending->cookie) {
		bool ours = pending->cookie == ct_cookie(sk);

		pending->cookie = 0;
		if (ours) {
			*peer = pending->peer;
			return true;
		}
	}
	peer->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (peer->port)
		peer->family = ct_read_remote(peer->address, sk);
	return false;
}

static __always_inline bool ct_network_error(int error)
{
	return error == CT_ECONNREFUSED || error == CT_EHOSTUNREACH || error == CT_ENETUNREACH;
}

/* Datagrams of one send: several with UDP_SEGMENT set on the socket, none while the socket is corked. */
static __always_inline __u64 ct_datagrams_sent(struct sock *sk, int bytes)
{
	struct udp_sock *up;
	__u32 segment;

	if (!bpf_ksym_exists(bpf_rdonly_cast))
		return 1;
	up = bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct udp_sock));
	if (up->pending)
		return 0;
	segment = up->gso_size;
	if (segment && bytes > segment)
		return (bytes + segment - 1) / segment;
	return 1;
}

static __always_inline void ct_udp_io(struct sock *sk, int outcome, bool sends)
{
	struct ct_peer peer = {};
	struct ct_udp_socket *u;
	struct ct_conn *flow;
	bool named;

	named = ct_peer_of_call(sk, &peer);
	if (outcome < 0 && !ct_network_error(-outcome))
		return;
	u = bpf_sk_storage_get(&udp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
	/*
	 * A receive that did not ask for the address, on a connected socket: what it reads may have waited since before the
	 * connect, and be somebody else's. Only a peer it has spoken with already is named.
	 */
	if (!sends && outcome >= 0 && !named && peer.family && !ct_udp_knows(sk, u, &peer))
		__builtin_memset(&peer, 0, sizeof(peer));
	flow = ct_udp_flow_of(sk, u, &peer, sends);
	if (!flow)
		return;
	if (outcome < 0) {
		flow->error = -outcome;
		return;
	}
	if (sends) {
		ct_flow_used(flow);
		__sync_fetch_and_add(&flow->sent_bytes, outcome);
		__sync_fetch_and_add(&flow->sent_packets, ct_datagrams_sent(sk, outcome));
	} else if (outcome > 0 || !(sk->sk_shutdown & CT_RCV_SHUTDOWN)) {
		ct_flow_used(flow);
		__sync_fetch_and_add(&flow->received_bytes, outcome);
		__sync_fetch_and_add(&flow->received_packets, 1);
		/* It answers: what failed before is over. */
		flow->error = 0;
	}
}

static __always_inline int ct_io(struct sock *sk, int outcome, bool sends)
{
	/* Other families use these numbers too: for TCP the cookie tells, which no other socket shares. */
	if (sk->sk_protocol == CT_TCP)
		ct_tcp_io(sk);
	else if (ct_udp_on && sk->sk_protocol == CT_UDP && ct_is_inet(sk) && ct_enabled())
		ct_udp_io(sk, outcome, sends);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(io_send, struct sock *sk, int outcome, int flags)
{
	return ct_io(sk, outcome, true);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(io_recv, struct sock *sk, int outcome, int flags)
{
	/* A peeked message is received later, or never; the error queue gives back what was sent. */
	if (flags & (CT_MSG_PEEK | CT_MSG_ERRQUEUE)) {
		struct ct_peer unused = {};

		if (ct_udp_on && sk->sk_protocol == CT_UDP)
			ct_peer_of_call(sk, &unused);
		return 0;
	}
	return ct_io(sk, outcome, false);
}

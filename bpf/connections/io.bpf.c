// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group owner: the first process that sends or receives on an accepted TCP socket, and all of UDP's counting.
 * sock_send_length and sock_recv_length (6e6eda44b939, 6.3) run in the caller's context with the outcome of each call.
 */
#include "mptcp.h"
#include "owner.h"
#include "tcp_midstream.h"
#include "udp_error.h"
#include "udp_peer.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 ct_io_twins = 0; /* 1: the twins are attached too */
const volatile __u32 ct_udp_on = 0; /* 1: group udp is live, so that flows will be closed and peers are known */

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
			if (!peer->scope)
				peer->scope = ct_scope(peer->address, peer->family, sk);
			return true;
		}
	}
	peer->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (peer->port) {
		peer->family = ct_read_remote(peer->address, sk);
		peer->scope = ct_scope(peer->address, peer->family, sk);
	}
	return false;
}

static __always_inline void ct_udp_io(struct sock *sk, int outcome, int flags, bool sends)
{
	struct ct_peer peer = {};
	struct ct_udp_socket *u;
	struct ct_conn *flow;
	bool named;

	named = ct_peer_of_call(sk, &peer);
	if (outcome < 0 && !ct_network_error(-outcome))
		return;
	u = bpf_sk_storage_get(&udp_sockets, sk, 0, CT_SK_STORAGE_CREATE);
	if (u && outcome < 0 && ct_error_is_known(u, -outcome))
		return;
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
	if (!sends && !outcome && (sk->sk_shutdown & CT_RCV_SHUTDOWN))
		return;
	ct_flow_used(flow);
	if (sends)
		ct_count_sent(sk, u, flow, &peer, outcome);
	else
		ct_count_received(sk, u, flow, &peer, outcome, flags);
	ct_trouble_after(u, flow, sends);
}

static __always_inline bool ct_is_udp(struct sock *sk)
{
	return ct_udp_on && sk->sk_protocol == CT_UDP && ct_is_inet(sk) && ct_enabled();
}

static __always_inline int ct_io(struct sock *sk, int outcome, int flags, bool sends)
{
	/* Other families use these numbers too: for TCP the cookie tells, which no other socket shares. */
	if (sk->sk_protocol == CT_TCP)
		ct_tcp_io(sk);
	else if (ct_is_udp(sk))
		ct_udp_io(sk, outcome, flags, sends);
	else if (sk->sk_protocol == CT_MPTCP && ct_enabled())
		ct_mptcp_used(sk, CT_OWNER_FIRST_IO);
	return 0;
}

/* A peeked message is received later, or never; the error queue gives back what was sent. */
static __always_inline bool ct_is_receipt(struct sock *sk, int flags)
{
	struct ct_peer unused = {};

	if (!(flags & (CT_MSG_PEEK | CT_MSG_ERRQUEUE)))
		return true;
	if (ct_udp_on && sk->sk_protocol == CT_UDP)
		ct_peer_of_call(sk, &unused);
	return false;
}

/*
 * The kernel skips a program that is active on the CPU already. Where tracepoints run preemptibly (7.0: tracing programs in SRCU-fast read
 * sections) that is another task's run of it, and a datagram would not be counted: so each event is offered to two programs in turn, in the same
 * task, which keeps what the first tells its twin. For TCP, whose next call does as well, there is no twin's work.
 */
static __always_inline void ct_io_done(struct sock *sk)
{
	struct ct_pending_peer *pending;

	if (!ct_io_twins || !ct_is_udp(sk))
		return;
	pending = bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, CT_SK_STORAGE_CREATE);
	if (pending)
		pending->handled = 1;
}

static __always_inline int ct_io_again(struct sock *sk, int outcome, int flags, bool sends)
{
	struct ct_pending_peer *pending;
	struct ct_batch *b;

	if (!ct_io_twins || !ct_is_udp(sk))
		return 0;
	pending = bpf_task_storage_get(&udp_peers, bpf_get_current_task_btf(), 0, CT_SK_STORAGE_CREATE);
	/* Without memory for the mark it is not known whether the first one ran: it did, but for one time in thousands. */
	if (!pending)
		return 0;
	if (pending->handled) {
		pending->handled = 0;
		return 0;
	}
	b = ct_this_batch();
	if (b)
		ct_count(b, caught);
	ct_udp_io(sk, outcome, flags, sends);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(io_send, struct sock *sk, int outcome, int flags)
{
	ct_io(sk, outcome, flags, true);
	ct_io_done(sk);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(io_send_twin, struct sock *sk, int outcome, int flags)
{
	return ct_io_again(sk, outcome, flags, true);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(io_recv, struct sock *sk, int outcome, int flags)
{
	if (!ct_is_receipt(sk, flags))
		return 0;
	ct_io(sk, outcome, flags, false);
	ct_io_done(sk);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(io_recv_twin, struct sock *sk, int outcome, int flags)
{
	return ct_is_receipt(sk, flags) ? ct_io_again(sk, outcome, flags, false) : 0;
}

/* sk_error_report (e6a3e4434000, 5.14): in softirq as a rule. */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(io_error, struct sock *sk)
{
	if (ct_is_udp(sk))
		ct_udp_trouble(sk);
	return 0;
}

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Errors that the network sends a UDP socket (ICMP). The next I/O call returns them whatever it is about, or getsockopt(SO_ERROR) takes
 * them, or they wait in the error queue (IP_RECVERR): so they are put to their conversation when they come.
 */
#ifndef CONNTRAIL_UDP_ERROR_H
#define CONNTRAIL_UDP_ERROR_H

#include "udp_count.h"

#define CT_SILENCE_NS \
	1000000000ULL /* net.ipv4.icmp_ratelimit: one error a second is all that a silent peer need send */

/* Errors of the way to a peer; what is wrong with the call itself (EINVAL, EAGAIN, EMSGSIZE …) says nothing of one. */
static __always_inline bool ct_network_error(int error)
{
	return error == CT_ECONNREFUSED || error == CT_EHOSTUNREACH || error == CT_ENETUNREACH || error == CT_EACCES ||
	       error == CT_EPERM || error == CT_ENETDOWN || error == CT_EHOSTDOWN || error == CT_ENOPROTOOPT ||
	       error == CT_EPROTO;
}

/* What an entry of the error queue tells, as struct sock_exterr_skb and the header that it points into have it. */
struct ct_queued_error {
	__u32 words[4]; /* the peer's address */
	__u32 error;
	__u16 port;
	__u8 origin;
};

/* By loads; where memory cannot be given a type (before 6.2), by bpf_probe_read_kernel, which lockdown (confidentiality) refuses. */
static __always_inline bool ct_read_queued_error(const struct sk_buff *skb, struct ct_queued_error *queued)
{
	const struct sock_exterr_skb *told = (void *)skb->cb;

	if (bpf_ksym_exists(bpf_rdonly_cast)) {
		const struct in6_addr *at;

		told = bpf_rdonly_cast((void *)skb->cb, bpf_core_type_id_kernel(struct sock_exterr_skb));
		queued->origin = told->ee.ee_origin;
		queued->error = told->ee.ee_errno;
		queued->port = told->port;
		at = bpf_rdonly_cast(skb->head + skb->network_header + told->addr_offset,
				     bpf_core_type_id_kernel(struct in6_addr));
		queued->words[0] = at->in6_u.u6_addr32[0];
		queued->words[1] = at->in6_u.u6_addr32[1];
		queued->words[2] = at->in6_u.u6_addr32[2];
		queued->words[3] = at->in6_u.u6_addr32[3];
		return true;
	}
	if (!ct_may_read)
		return false;
	queued->origin = BPF_CORE_READ(told, ee.ee_origin);
	queued->error = BPF_CORE_READ(told, ee.ee_errno);
	queued->port = BPF_CORE_READ(told, port);
	return !bpf_probe_read_kernel(queued->words, sizeof(queued->words),
				      skb->head + skb->network_header + BPF_CORE_READ(told, addr_offset));
}

/* The peer and errno of the newest entry of the error queue; false: it holds none of the network's. */
static __always_inline bool ct_error_queued(struct sock *sk, struct ct_peer *peer, int *error)
{
	struct ct_queued_error queued = {};
	__u8 origin;

	if (!sk->sk_error_queue.qlen || !ct_read_queued_error(sk->sk_error_queue.prev, &queued))
		return false;
	origin = queued.origin;
	if (origin != CT_ORIGIN_ICMP && origin != CT_ORIGIN_ICMP6 && origin != CT_ORIGIN_LOCAL)
		return false;
	*error = queued.error;
	peer->port = bpf_ntohs(queued.port);
	if (origin == CT_ORIGIN_ICMP || (origin == CT_ORIGIN_LOCAL && sk->__sk_common.skc_family == CT_IPV4))
		peer->family = ct_store_v4(peer->address, queued.words[0]);
	else
		peer->family =
			ct_store_v6(peer->address, queued.words[0], queued.words[1], queued.words[2], queued.words[3]);
	peer->scope = ct_scope(peer->address, peer->family, sk);
	return true;
}

/* Whether the interrupted task is sending: then the error is of the datagram that it sends, as on loopback. */
static __always_inline bool ct_is_sending(void)
{
	long number = 0;

	ct_call(&number);
	return number == CT_NR_SENDTO || number == CT_NR_SENDMSG || number == CT_NR_SENDMMSG || number == CT_NR_WRITE ||
	       number == CT_NR_WRITEV;
}

static __always_inline void ct_udp_trouble(struct sock *sk)
{
	struct ct_peer peer = {};
	struct ct_udp_socket *u;
	struct ct_conn *flow;
	int error = 0;
	bool inside;

	if (!ct_error_queued(sk, &peer, &error)) {
		error = sk->sk_err;
		peer.port = bpf_ntohs(sk->__sk_common.skc_dport);
		if (!peer.port)
			return;
		peer.family = ct_read_remote(peer.address, sk);
		peer.scope = ct_scope(peer.address, peer.family, sk);
	}
	if (!ct_network_error(error))
		return;
	inside = ct_is_sending();
	u = bpf_sk_storage_get(&udp_sockets, sk, 0, inside ? CT_SK_STORAGE_CREATE : 0);
	if (!u)
		return;
	flow = ct_udp_find(u, ct_cookie(sk), &peer);
	if (flow)
		flow->error = error;
	u->trouble.peer = peer;
	u->trouble.since_ns = bpf_ktime_get_boot_ns();
	u->trouble.sent = flow ? flow->sent_packets : 0;
	u->trouble.inside = inside;
	u->trouble.fresh = inside;
	u->trouble.unsettled = !flow;
	u->trouble.pending = error;
	u->trouble.error = error;
}

/*
 * Whether what an I/O call returns has been put to its conversation already. Else it is of the call's own making, as where there is no
 * route (ip_route_output).
 */
static __always_inline bool ct_error_is_known(struct ct_udp_socket *u, int error)
{
	bool known = u->trouble.pending == error;

	u->trouble.fresh = 0;
	if (known)
		u->trouble.pending = 0;
	return known;
}

/*
 * After a send or receive that succeeded. What comes from the peer ends its trouble. A send does when the one after the datagram in question
 * has succeeded too: at once where errors come while a datagram is sent, elsewhere when none has come for as long as the peer may keep silent.
 */
static __always_inline void ct_trouble_after(struct ct_udp_socket *u, struct ct_conn *flow, bool sends)
{
	struct ct_udp_trouble *t;

	if (!sends)
		flow->error = 0;
	if (!u)
		return;
	t = &u->trouble;
	if (!t->error)
		return;
	/* An error that waits on the socket makes the next call fail (sock_error): one that succeeds says that it was taken. */
	if (!t->fresh)
		t->pending = 0;
	t->fresh = 0;
	if (!ct_flow_matches(flow, &t->peer))
		return;
	if (t->unsettled) {
		flow->error = t->error;
		t->unsettled = 0;
		return;
	}
	if (sends && flow->sent_packets <= t->sent + 1)
		return;
	if (sends && !t->inside && bpf_ktime_get_boot_ns() - t->since_ns < CT_SILENCE_NS)
		return;
	flow->error = 0;
	t->error = 0;
}

#endif

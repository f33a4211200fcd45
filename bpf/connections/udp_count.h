/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Datagrams and bytes of one UDP call: as they leave, and as the application was given them. A send may be part of a datagram (UDP_CORK,
 * MSG_MORE), or many (UDP_SEGMENT); a receive may be many (UDP_GRO), or more than was given (MSG_TRUNC).
 */
#ifndef CONNTRAIL_UDP_COUNT_H
#define CONNTRAIL_UDP_COUNT_H

#include "udp_flow.h"
#include "user_call.h"

/* Until 6.6 flags were fields of their own (a0002127cd74 and e1dc0615c6b0, both 6.7). */
struct udp_sock___fields {
	unsigned int corkflag;
	__u8 gro_enabled : 1;
} __attribute__((preserve_access_index));

/* Its fields are read by ct_udp_field. */
static __always_inline struct udp_sock *ct_udp_sock(void *sk)
{
	return bpf_ksym_exists(bpf_rdonly_cast) ? bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct udp_sock)) : sk;
}

/* By a load; where memory cannot be given a type (before 6.2), by bpf_probe_read_kernel; 0 where that is forbidden too. */
#define ct_udp_field(up, field) \
	(bpf_ksym_exists(bpf_rdonly_cast) ? (up)->field : ct_may_read ? BPF_CORE_READ(up, field) : 0)

static __always_inline bool ct_udp_readable(void)
{
	return bpf_ksym_exists(bpf_rdonly_cast) || ct_may_read;
}

static __always_inline bool ct_cork_option(struct udp_sock *up)
{
	if (bpf_core_field_exists(up->udp_flags))
		return ct_udp_field(up, udp_flags) & (1UL << CT_UDP_FLAGS_CORK);
	return ct_udp_field((struct udp_sock___fields *)up, corkflag);
}

static __always_inline bool ct_gro_option(struct udp_sock *up)
{
	struct udp_sock___fields *fields = (struct udp_sock___fields *)up;

	if (bpf_core_field_exists(up->udp_flags))
		return ct_udp_field(up, udp_flags) & (1UL << CT_UDP_FLAGS_GRO_ENABLED);
	if (bpf_ksym_exists(bpf_rdonly_cast))
		return BPF_CORE_READ_BITFIELD(fields, gro_enabled);
	return ct_may_read && BPF_CORE_READ_BITFIELD_PROBED(fields, gro_enabled);
}

static __always_inline __u64 ct_segments(__u64 bytes, __u32 segment)
{
	return segment && bytes > segment ? (bytes + segment - 1) / segment : 1;
}

/* The datagram that was put together has left. */
static __always_inline void ct_cork_left(struct ct_udp_socket *u, __u64 cookie)
{
	struct ct_conn *flow = ct_udp_find(u, cookie, &u->cork.peer);

	if (flow)
		__sync_fetch_and_add(&flow->sent_packets, ct_segments(u->cork.len - CT_UDP_HEADER, u->cork.segment));
	u->cork.len = 0;
}

/* Outside of sends: UDP_CORK was taken off, which pushed what was there (udp_push_pending_frames). No hook sees that itself. */
static __always_inline void ct_cork_settle(struct udp_sock *up, struct ct_udp_socket *u, __u64 cookie)
{
	if (u->cork.len && !ct_udp_field(up, pending))
		ct_cork_left(u, cookie);
}

/* A send that is, or ends, part of a datagram. Returns the datagrams that left with it. */
static __always_inline __u64 ct_cork_sent(struct udp_sock *up, struct ct_udp_socket *u, __u64 cookie,
					  const struct ct_peer *peer, __u32 bytes)
{
	bool by_option = ct_cork_option(up);
	__u16 segment = ct_udp_field(up, gso_size);
	int pending = ct_udp_field(up, pending);
	__u32 len = ct_udp_field(up, len);
	__u32 before = u->cork.len;

	if (before) {
		/* Taken off and put on again between the two sends: this one began a datagram of its own. */
		bool left = pending ? len != before + bytes : u->cork.by_option && !by_option;

		if (left) {
			ct_cork_left(u, cookie);
			before = 0;
		}
	}
	u->cork.len = 0;
	if (!pending)
		return ct_segments(before ? before - CT_UDP_HEADER + bytes : bytes, segment);
	u->cork.peer = *peer;
	u->cork.segment = segment;
	u->cork.by_option = by_option;
	u->cork.len = len;
	return 0;
}

static __always_inline bool ct_peer_seen(const struct ct_udp_socket *u, const struct ct_peer *peer)
{
	return u && u->seen.peer.family && u->seen.peer.port == peer->port &&
	       ct_same_address(u->seen.peer.address, peer->address);
}

/* The address that a socket bound to the wildcard used, from the packet of this call. */
static __always_inline void ct_local_seen(struct ct_conn *flow, const struct ct_udp_socket *u,
					  const struct ct_peer *peer)
{
	const __u64 *known = (const __u64 *)flow->local_address;

	if (!(known[0] | known[1]) && ct_peer_seen(u, peer))
		__builtin_memcpy(flow->local_address, u->seen.local, sizeof(flow->local_address));
}

static __always_inline void ct_count_sent(struct sock *sk, struct ct_udp_socket *u, struct ct_conn *flow,
					  const struct ct_peer *peer, int bytes)
{
	struct udp_sock *up = ct_udp_sock(sk);
	int pending = ct_udp_field(up, pending);
	__u64 datagrams = 1;
	int segment;

	if (u && (pending || u->cork.len)) {
		datagrams = ct_cork_sent(up, u, ct_cookie(sk), peer, bytes);
	} else if (pending) {
		/* Nothing is kept of a socket without storage from one send to the next. */
		flow->unknown |= CT_UNKNOWN_SENT_PACKETS;
	} else {
		segment = ct_call_segment(bytes);
		if (segment < 0 && ct_peer_seen(u, peer))
			datagrams = u->seen.segments ? u->seen.segments : 1;
		else if (segment < 0)
			flow->unknown |= CT_UNKNOWN_SENT_PACKETS;
		else if (segment)
			datagrams = ct_segments(bytes, segment);
		else
			datagrams = ct_segments(bytes, ct_udp_field(up, gso_size));
	}
	/* It may have been part of a datagram, or many. */
	if (!ct_udp_readable())
		flow->unknown |= CT_UNKNOWN_SENT_PACKETS;
	ct_local_seen(flow, u, peer);
	__sync_fetch_and_add(&flow->sent_bytes, bytes);
	__sync_fetch_and_add(&flow->sent_packets, datagrams);
}

static __always_inline void ct_count_received(struct sock *sk, struct ct_udp_socket *u, struct ct_conn *flow,
					      const struct ct_peer *peer, int bytes, int flags)
{
	struct udp_sock *up = ct_udp_sock(sk);
	__s64 room;

	if (flags & CT_MSG_TRUNC) {
		/* The call returns the datagram's length, whatever it had room for. */
		room = ct_call_room();
		if (room < 0)
			flow->unknown |= CT_UNKNOWN_RECEIVED_BYTES;
		else if (bytes > room)
			bytes = room;
	}
	if (u)
		ct_cork_settle(up, u, ct_cookie(sk));
	/* How many were joined is told in a control message, if the caller has room for one, and left from the last call if not. */
	if (!ct_udp_readable() || ct_gro_option(up))
		flow->unknown |= CT_UNKNOWN_RECEIVED_PACKETS;
	ct_local_seen(flow, u, peer);
	__sync_fetch_and_add(&flow->received_bytes, bytes);
	__sync_fetch_and_add(&flow->received_packets, 1);
}

#endif

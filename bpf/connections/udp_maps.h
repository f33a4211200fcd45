/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What is kept of UDP sockets and conversations.
 */
#ifndef CONNTRAIL_UDP_MAPS_H
#define CONNTRAIL_UDP_MAPS_H

#include "maps.h"

struct ct_udp_key {
	__u64 cookie;
	struct ct_peer peer;
};

/* A datagram that is being put together from several sends (UDP_CORK, MSG_MORE). */
struct ct_udp_cork {
	struct ct_peer peer;
	__u32 len; /* udp_sock.len after the last of them, with the header; 0: none */
	__u16 segment; /* UDP_SEGMENT of the socket */
	__u8 by_option; /* UDP_CORK was set, not only MSG_MORE given */
	__u8 reserved;
};

/* The last error that the network sent a socket, before an I/O call returns it: it belongs to the datagram that caused it. */
struct ct_udp_trouble {
	struct ct_peer peer;
	__u64 since_ns;
	__u64 sent; /* datagrams that its conversation had sent by then */
	__u16 error; /* 0: none, or over */
	__u16 pending; /* the same, until an I/O call has returned it */
	__u8 inside; /* it came while its own datagram was still being sent, as on loopback */
	__u8 fresh; /* no I/O call has ended since */
	__u8 unsettled; /* there was no conversation yet to put it to */
	__u8 reserved;
};

/* The last packet of a UDP socket (exact.bpf.c). */
struct ct_udp_seen {
	struct ct_peer peer;
	__u8 local[16];
	__u32 segments; /* datagrams that a send became; 0: one, or a received one */
	__u32 reserved;
};

/*
 * A UDP socket: its first peer in place, since most have only one; the others in udp_flows. Flows are kept as they will be told, so their
 * state is CT_STATE_CLOSED all the time, and end_ns the time of the last datagram.
 */
struct ct_udp_socket {
	struct bpf_spin_lock lock; /* of generation */
	__u32 generation; /* flows created on this socket */
	__u32 dead; /* of the primary: as in struct ct_udp_flow */
	__u32 told; /* 1: the primary is being told, by whoever set it */
	__u8 preexisting; /* the socket was open before the tracer started, or was unknown for a while */
	__u8 chained; /* there have been flows in udp_flows */
	__u8 expired; /* a primary of it has expired */
	__u8 reserved[1];
	__u32 reported_pass; /* low bits of the session of snapshot_udp_files that showed it last */
	struct ct_conn primary; /* used when generation is not 0; the peer stays when it has expired */
	__u64 reported_packets; /* from primary to tick as in struct ct_udp_flow */
	__u32 tick;
	__u32 reserved2;
	struct ct_udp_cork cork;
	struct ct_udp_trouble trouble;
	struct ct_udp_seen seen; /* family 0 without --exact-udp */
};

struct ct_udp_flow {
	struct ct_conn conn;
	__u64 reported_packets;
	__u32 tick; /* jiffies of end_ns */
	__u32 dead; /* number of the pass that found it idle, 0: none did. No program writes to a dead flow: see udp_expiry.h */
	__u32 early; /* 1: dead before its time-out, to make room */
	__u32 reserved;
};
_Static_assert(__builtin_offsetof(struct ct_udp_socket, tick) - __builtin_offsetof(struct ct_udp_socket, primary) ==
		       __builtin_offsetof(struct ct_udp_flow, tick),
	       "a primary lies as a flow does");

/* A socket for which the kernel refused storage. */
struct ct_udp_untracked {
	__u32 generation; /* flows created on this socket */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_udp_socket);
} udp_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144); /* TracerOptions.udpFlows */
	__type(key, struct ct_udp_key);
	__type(value, struct ct_udp_flow);
} udp_flows SEC(".maps");

/* Cookies of closed sockets that have flows in udp_flows, with the pass they closed in. As many as there can be flows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, __u32);
} udp_ended SEC(".maps");

/* By cookie. A socket beyond them is counted once for each of its conversations. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct ct_udp_untracked);
} udp_untracked SEC(".maps");

/* Conversations that found no room and are counted as lost. One that falls out, the eldest first, is counted once more if it goes on. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct ct_udp_key);
	__type(value, __u8);
} udp_refused SEC(".maps");

#endif

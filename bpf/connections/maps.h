/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The maps all hook groups share. Each object declares them; the loader creates them with the first object and reuses them by name
 * for the rest.
 */
#ifndef CONNTRAIL_MAPS_H
#define CONNTRAIL_MAPS_H

#include "compat.h"
#include "records.h"

/*
 * What is known of a TCP socket beside what tcp_sock itself counts; from its first state change to tcp_destroy_sock, so that a socket which
 * connects again goes on counting its generations. The first line of the cache holds all that a send or receive looks at.
 */
struct ct_tcp_socket {
	__u64 cookie; /* 0: a free slot */
	__u64 sock; /* address of the tcp_sock, for the iterator; 0: just claimed, nothing else is filled in */
	__u64 start_ns;
	__u32 generation;
	__u16 transitions;
	__u16 reported_transitions;
	__u8 tcp_state; /* the last state change handled; TCP_CLOSE also while the rest is being filled in, 0 in a slot never used */
	__u8 owner_source;
	__u8 direction;
	__u8 observed_from;
	__u32 pid;
	__u64 cgroup_id;
	char comm[CT_COMM_LEN];
	__u32 uid;
	__u32 reset; /* a RST came for it (tcp_reset) */
	__u64 reported_sent; /* as in the last snapshot row: an unchanged connection is left out of the next one */
	__u64 reported_received;
	__u32 reported_pass; /* low bits of the session of that iterator */
	__u32 reserved;
};

/*
 * Who listens, by family, address and port: what is left to say of an accepted socket that nobody touched. The family is the socket's own
 * (skc_family), which an accepted one has from its listener: so IPv4 beside IPv6 on one port are told apart.
 */
struct ct_listener_key {
	__u8 address[16];
	__u64 netns_cookie;
	__u16 port;
	__u16 family;
	__u8 reserved[4];
};

struct ct_listener {
	__u64 since_ns; /* 0: before the tracer */
	__u64 until_ns; /* 0: it listens still */
	__u64 cgroup_id;
	__u64 leader; /* address of the process's task_struct, and when it began: whether it is there still (ct_listener_lives) */
	__u64 leader_start;
	__u32 pid;
	__u32 uid;
	char comm[CT_COMM_LEN];
	__u8 owner_source;
	__u8 shared; /* several processes listen here (SO_REUSEPORT, or a descriptor passed on): none is named */
	__u8 reserved[2];
	__u32 sockets; /* that listen here */
};

/* Of one CPU: what the first set_state program tells its twin. */
struct ct_handled {
	__u64 change; /* socket cookie << 4 | new state, of the last change handled */
};

#define CT_GENERATION_UNTRACKED 0x80000000U /* generations of sockets for which there was no room */

struct ct_peer {
	__u8 address[16];
	__u16 port;
	__u8 family; /* 0: none */
	__u8 epoch; /* in keys of udp_flows only: 1 beside a dead flow with the same peer */
	__u32 scope; /* as in struct ct_conn */
};

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

/* Shared switches, written by user space; ControlPage in src/native/src/control_page.h. */
struct ct_control {
	__u32 enabled; /* 0: every program leaves at once */
	__u32 snapshot_full; /* 1: the iterators show unchanged connections too */
	__u64 misses; /* user space only: recursion misses before enabling, src/native/src/control_page.h */
	__u64 io_misses; /* the same of the I/O programs */
	/* Entries of tcp_overflow and udp_flows, at least: an empty map is left out of snapshots, walking its buckets is not free. */
	__u64 overflow_sockets;
	__u64 chained_flows;
	/* Expiry of UDP flows, docs/decisions/0010-udp-expiry.md. By user space: */
	__u64 udp_timeout_ns; /* of a flow that only sent, or only received */
	__u64 udp_stream_timeout_ns; /* of one that did both */
	__u32 udp_pass; /* 1, 2, …: of the pass over the flows that goes on */
	__u32 reserved;
	/* By programs: entries of udp_ended and udp_untracked and those of udp_flows with epoch 1, at least; and counts. */
	__u64 udp_ended;
	__u64 udp_untracked;
	__u64 udp_epochs;
	__u64 udp_marked; /* flows found dead */
	__u64 udp_expired; /* dead flows of udp_flows that are deleted */
	__u64 udp_refused; /* conversations that found no room */
	__u64 udp_unended; /* at most so many flows of closed sockets are not in udp_ended: no memory */
};

/*
 * TCP sockets by the low bits of their cookie. Cookies are drawn in sequence, so the sockets of the moment fall into different slots, and a
 * look-up is one load. A socket whose slot a longer-lived one holds goes to tcp_overflow.
 */
#define CT_TCP_SLOTS 16384
#define CT_TCP_OVERFLOW 262144
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_TCP_SLOTS);
	__type(key, __u32);
	__type(value, struct ct_tcp_socket);
} tcp_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CT_TCP_OVERFLOW);
	__type(key, __u64);
	__type(value, struct ct_tcp_socket);
} tcp_overflow SEC(".maps");

/* Only to be iterated over: an element stands for CT_TCP_BLOCK slots, as many rows as fit the buffer of one read (bpf_seq_read). */
#define CT_TCP_BLOCK 64
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_TCP_SLOTS / CT_TCP_BLOCK);
	__type(key, __u32);
	__type(value, __u32);
} tcp_blocks SEC(".maps");

/* LRU: kept beyond the listener's end, for the accepted sockets that outlive it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct ct_listener_key);
	__type(value, struct ct_listener);
} tcp_listeners SEC(".maps");

/* Cookies of the sockets that are counted in `sockets` of their tcp_listeners entry. LRU: see there. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u8);
} tcp_listening SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_handled);
} tcp_handled SEC(".maps");

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

/* One page per possible CPU; mapped by the reader, so that looking at an idle CPU costs no system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_batch);
} batches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CT_PAGE);
} events_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events_perf SEC(".maps");

static __always_inline struct ct_control *ct_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

#define ct_control_add(name, value)                                 \
	do {                                                        \
		struct ct_control *ct_c = ct_control();             \
		if (ct_c)                                           \
			__sync_fetch_and_add(&ct_c->name, (value)); \
	} while (0)

static __always_inline int ct_enabled(void)
{
	struct ct_control *c = ct_control();

	return c && *(volatile __u32 *)&c->enabled;
}

/* 0: no program asked for the cookie of this socket yet, so nothing is kept of it. */
static __always_inline __u64 ct_cookie(struct sock *sk)
{
	return sk->__sk_common.skc_cookie.counter;
}

/* The helper is needed only once per socket: it draws the number. */
static __always_inline __u64 ct_make_cookie(struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);

	return cookie ? cookie : bpf_get_socket_cookie(sk);
}

static __always_inline struct ct_batch *ct_this_batch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&batches, &cpu);
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The maps all hook groups share. Each object declares them; the loader creates them with the first object and reuses them by name
 * for the rest.
 */
#ifndef CONNTRAIL_MAPS_H
#define CONNTRAIL_MAPS_H

#include "compat.h"
#include "records.h"

/* What is known of a TCP socket beside what tcp_sock itself counts. */
struct ct_tcp_socket {
	__u64 start_ns;
	__u64 cgroup_id;
	__u32 pid;
	__u32 uid;
	char comm[CT_COMM_LEN];
	__u64 reported_sent; /* as in the last snapshot row: an unchanged connection is left out of the next one */
	__u64 reported_received;
	__u32 generation; /* 0: listens, or only seen so far */
	__u16 transitions;
	__u16 reported_transitions;
	__u8 tcp_state; /* the last state change handled; what tells the twin program that the first one ran */
	__u8 owner_source;
	__u8 direction;
	__u8 observed_from;
};

struct ct_peer {
	__u8 address[16];
	__u16 port;
	__u8 family; /* 0: none */
	__u8 reserved[5];
};

struct ct_udp_key {
	__u64 cookie;
	struct ct_peer peer;
};

/* A UDP socket: its first peer in place, since most have only one; the others in udp_flows, chained so that a close finds them. */
struct ct_udp_socket {
	struct bpf_spin_lock lock;
	__u32 generation; /* flows created on this socket */
	__u32 preexisting; /* the socket was open before the tracer started */
	__u32 chained; /* flows in the chain */
	struct ct_peer head; /* key of the first chained flow */
	struct ct_conn primary; /* used when generation is not 0 */
	__u64 reported_packets;
};

struct ct_udp_flow {
	struct ct_conn conn;
	struct ct_peer next;
};

/* Shared switches, written by user space. */
struct ct_control {
	__u32 enabled; /* 0: every program leaves at once */
	__u32 snapshot_full; /* 1: the iterators show unchanged connections too */
	__u64 user_space[2]; /* baselines the loader leaves for the readers: src/native/src/control_page.h */
};

/* BPF_F_CLONE: an accepted socket inherits its listener's storage, and so knows who listened (bpf_sk_storage_clone). */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct ct_tcp_socket);
} tcp_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_udp_socket);
} udp_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct ct_udp_key);
	__type(value, struct ct_udp_flow);
} udp_flows SEC(".maps");

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

static __always_inline int ct_enabled(void)
{
	struct ct_control *c = ct_control();

	return c && *(volatile __u32 *)&c->enabled;
}

static __always_inline struct ct_batch *ct_this_batch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&batches, &cpu);
}

#endif

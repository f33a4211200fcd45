// SPDX-License-Identifier: GPL-2.0
/* What the peer remembers, and the ring its records leave by. */
#pragma once

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "frames.h"

/* Peers of one UDP socket; datagrams of further ones are not counted. */
#define PEERS 4
#define CREATE BPF_LOCAL_STORAGE_GET_F_CREATE

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

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The peer of the datagram that the current task is sending or receiving, carried from the cgroup sendmsg/recvmsg hook, which sees the
 * address, to sock_send/recv_length, which sees the outcome. Both run in one system call of one task.
 */
#ifndef CONNTRAIL_UDP_PEER_H
#define CONNTRAIL_UDP_PEER_H

#include "udp_maps.h"

struct ct_pending_peer {
	__u64 cookie; /* of the socket it belongs to; 0: none */
	struct ct_peer peer;
	__u64 handled; /* 1: the first I/O program did its work, its twin's turn comes (io.bpf.c) */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_pending_peer);
} udp_peers SEC(".maps");

#endif

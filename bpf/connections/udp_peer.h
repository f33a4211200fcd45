/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The peer of the datagram that the current task is sending or receiving, carried from the cgroup sendmsg/recvmsg hook, which sees the
 * address, to the I/O programs (io.h), which see the outcome. Both run in one system call of one task.
 *
 * It is kept in the task's storage, which cgroup programs may use since 6.16; before that by thread, in udp_threads.h.
 */
#ifndef CONNTRAIL_UDP_PEER_H
#define CONNTRAIL_UDP_PEER_H

#include "udp_maps.h"

struct ct_pending_peer {
	__u64 cookie; /* of the socket it belongs to; 0: none */
	struct ct_peer peer;
	__u64 since; /* jiffies; in udp_threads.h only */
	__u64 passed_on; /* socket of which the call in progress made another one, which has been counted (io_fexit.bpf.c); 0: none */
	__u32 handled; /* 1: one of the I/O programs that this call is offered to has counted it */
	__u32 ran; /* how many of them had their turn; a lesser turn is of another call */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ct_pending_peer);
} udp_peers SEC(".maps");

#endif

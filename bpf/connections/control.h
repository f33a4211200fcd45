/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#ifndef CONNTRAIL_CONTROL_H
#define CONNTRAIL_CONTROL_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* The page that user space and the programs share: switches, and counts of what is not in a batch. */
struct ct_control {
	__u32 enabled; /* 0: every program leaves at once */
	__u32 snapshot_full; /* 1: the iterators show unchanged connections too */
	__u64 misses; /* user space only: recursion misses of all programs before enabling */
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
	__u64 udp_swept; /* jiffies when udp_threads was swept last */
};

#endif

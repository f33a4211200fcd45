/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What udp_peer.h keeps, by thread. A thread is in one call at a time, so an entry is its own; what an earlier call left is overwritten, and
 * never taken for another socket's, whose cookie differs. The I/O programs delete it: the table holds no more than the threads in a UDP call
 * at the moment.
 */
#ifndef CONNTRAIL_UDP_THREADS_H
#define CONNTRAIL_UDP_THREADS_H

#include "udp_peer.h"

/* By bpf_get_current_pid_tgid(). Its size is in hooks.ts, for the rung that uses it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct ct_pending_peer);
} udp_threads SEC(".maps");

/* Jiffies, 100 to 1000 a second: a minute or more, and a second or more. */
const volatile __u32 ct_stale_jiffies = 60000;
#define CT_SWEEP_JIFFIES 1000

/*
 * Of a thread that ended after a call of which no I/O program ran. One that is in a call for minutes, its send waiting for room, loses the
 * name of its peer with it.
 */
static long ct_thread_sweep(struct bpf_map *map, __u64 *thread, struct ct_pending_peer *pending, __u64 *now)
{
	if (*now - pending->since > ct_stale_jiffies)
		bpf_map_delete_elem(map, thread);
	return 0;
}

/* A new entry for the current thread, or NULL. A full table is swept, at most once in CT_SWEEP_JIFFIES. */
static __always_inline struct ct_pending_peer *ct_thread_enter(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct ct_pending_peer fresh = {.since = bpf_jiffies64()};
	struct ct_control *c;
	__u64 swept;

	if (!bpf_map_update_elem(&udp_threads, &thread, &fresh, BPF_ANY))
		return bpf_map_lookup_elem(&udp_threads, &thread);
	c = ct_control();
	if (!c)
		return NULL;
	swept = *(volatile __u64 *)&c->udp_swept;
	if (fresh.since - swept < CT_SWEEP_JIFFIES ||
	    __sync_val_compare_and_swap(&c->udp_swept, swept, fresh.since) != swept)
		return NULL;
	bpf_for_each_map_elem(&udp_threads, ct_thread_sweep, &fresh.since, 0);
	bpf_map_update_elem(&udp_threads, &thread, &fresh, BPF_ANY);
	return bpf_map_lookup_elem(&udp_threads, &thread);
}

static __always_inline struct ct_pending_peer *ct_thread_find(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&udp_threads, &thread);
}

static __always_inline void ct_thread_leave(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&udp_threads, &thread);
}

#endif

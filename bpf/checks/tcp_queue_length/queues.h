/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Maxima of queues, per memory cgroup: what the programs of all rungs share.
 *
 * Which calls are looked at: of a receive the beginning, of a send the end, of an accept the beginning. Between two receives a receive queue only
 * grows, and between two sends a send queue only shrinks, so that the other end of each call could never tell a larger fill; it would double
 * what a call pays. What grows after the last call of an interval the sweep sees, which ends each interval and begins the next.
 *
 * Maxima are kept per CPU, in one of two maps, and in front of it what the last calls have seen. A reader flips the epoch, waits until no
 * program runs that has read the old one, and has all of the old epoch for itself. Each place has one program that writes it, and the kernel keeps
 * a program from interrupting itself.
 */
#ifndef CONNTRAIL_TCP_QUEUE_LENGTH_QUEUES_H
#define CONNTRAIL_TCP_QUEUE_LENGTH_QUEUES_H

#include "compat.h" /* before what takes its types from vmlinux.h then */

#include "cgroup_walk.h"
#include "frames.h"
#include "peak.h"

/* Most cgroups in an interval, unless the option says otherwise; a sample of one more is lost, counted. */
#define CT_TCP_QUEUE_CGROUPS 1024

#define CT_TCP_QUEUE_MAP(name)                             \
	struct {                                           \
		__uint(type, BPF_MAP_TYPE_PERCPU_HASH);    \
		__uint(max_entries, CT_TCP_QUEUE_CGROUPS); \
		__type(key, __u64);                        \
		__type(value, struct ct_tcp_queue_peaks);  \
	} name SEC(".maps")

CT_TCP_QUEUE_MAP(tcp_queues_even);
CT_TCP_QUEUE_MAP(tcp_queues_odd);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32); /* enum ct_tcp_queue_epoch */
} tcp_queue_control SEC(".maps");

/* What a new entry begins as: too large for the stack beside the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_tcp_queue_peaks);
} tcp_queue_nothing SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CT_TCP_QUEUE_PLACES);
	__type(key, __u32);
	__type(value, struct ct_tcp_queue_recent);
} tcp_queue_recent SEC(".maps");

/* Read once per run: what a run counts belongs to the map that it writes. */
static __always_inline __u32 ct_queue_epoch(void)
{
	__u32 zero = 0, *epoch = bpf_map_lookup_elem(&tcp_queue_control, &zero);

	return epoch ? *(volatile __u32 *)epoch : CT_TCP_QUEUE_EPOCH_NONE;
}

static __always_inline struct ct_tcp_queue_recent *ct_queue_recent(__u32 place)
{
	return bpf_map_lookup_elem(&tcp_queue_recent, &place);
}

/* Where the cgroups are that have an entry. The reader takes what it finds, and keeps it as long as it needs it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_TCP_QUEUE_CGROUPS);
	__type(key, __u64);
	__type(value, struct ct_cgroup_path);
} tcp_queue_paths SEC(".maps");

/* A path while it is written, one per program: put into the map as a whole, so that nobody reads half of one. */
struct ct_tcp_queue_walk {
	__u64 cgroup; /* struct cgroup * */
	struct ct_cgroup_path path;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CT_TCP_QUEUE_PLACES);
	__type(key, __u32);
	__type(value, struct ct_tcp_queue_walk);
} tcp_queue_walks SEC(".maps");

/* Global, so that the verifier goes through it once, whoever calls it. It takes numbers alone on every kernel (pointers to memory: since 5.12). */
__noinline int queue_walk(__u32 place)
{
	struct ct_tcp_queue_walk *walk = bpf_map_lookup_elem(&tcp_queue_walks, &place);

	if (walk)
		ct_cgroup_path((struct cgroup *)walk->cgroup, &walk->path);
	return 0;
}

static __always_inline void ct_queue_path(struct cgroup *cgroup, __u64 id, __u32 place)
{
	struct ct_tcp_queue_walk *walk;

	if (bpf_map_lookup_elem(&tcp_queue_paths, &id))
		return;
	walk = bpf_map_lookup_elem(&tcp_queue_walks, &place);
	if (!walk)
		return;
	walk->cgroup = (__u64)cgroup;
	queue_walk(place);
	bpf_map_update_elem(&tcp_queue_paths, &id, &walk->path, BPF_ANY);
}

/* The entry of a cgroup, made when it is new; NULL: there is no place for it. */
static __always_inline struct ct_tcp_queue_peaks *ct_queue_entry(void *map, struct cgroup *cgroup, __u64 id,
								 __u32 place)
{
	struct ct_tcp_queue_peaks *nothing, *peaks = bpf_map_lookup_elem(map, &id);
	__u32 zero = 0;

	if (peaks)
		return peaks;
	nothing = bpf_map_lookup_elem(&tcp_queue_nothing, &zero);
	if (!nothing)
		return NULL;
	/* Another CPU may have made it since. */
	if (!bpf_map_update_elem(map, &id, nothing, BPF_NOEXIST))
		ct_queue_path(cgroup, id, place);
	return bpf_map_lookup_elem(map, &id);
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Which marks are kills. The tracepoint says as well of a process that is dying already that it may use the reserves (mm/oom_kill.c:
 * task_will_free_mem), and once more when another of its threads asks for memory on its way out.
 */
#ifndef CONNTRAIL_OOM_KILL_KILLS_H
#define CONNTRAIL_OOM_KILL_KILLS_H

#include "kernel_view.h"

/* Processes that are known as killed: more than are ever on their way out at once. */
#define CT_OOM_MOST_KNOWN 1024
#define CT_OOM_MOST_CGROUPS 1024

struct ct_oom_process {
	__u64 start_ns;
	__u64 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_OOM_MOST_KNOWN);
	__type(key, struct ct_oom_process);
	__type(value, __u8);
} oom_killed SEC(".maps");

/* By id of a memory cgroup: its count of kills when one of its processes was marked last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CT_OOM_MOST_CGROUPS);
	__type(key, __u64);
	__type(value, __u64);
} oom_counts SEC(".maps");

/* Whether ct_oom_counted can tell. */
static __always_inline bool ct_oom_counts(void)
{
	return ct_can_see() && bpf_core_type_exists(struct mem_cgroup) &&
	       bpf_core_field_exists(struct mem_cgroup, memory_events_local);
}

/*
 * Whether the memory cgroup of a process has counted one more kill of its own (memory.events.local: oom_kill): that is done just before the victim is
 * marked, under the same lock. What it had counted before it was first looked at is taken for this one.
 */
static __always_inline bool ct_oom_counted(struct task_struct *task)
{
	struct task_struct *owner = ct_seen(ct_seen(ct_view(struct task_struct, task), mm), owner);
	struct css_set *set = ct_seen(owner, cgroups);
	struct cgroup_subsys_state *css =
		ct_seen(set, subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)]);
	/* It begins with its css. */
	struct mem_cgroup *memory = ct_view(struct mem_cgroup, css);
	const void *counts = (void *)memory + bpf_core_field_offset(struct mem_cgroup, memory_events_local);
	__u64 kills = ct_word_at(counts + 8 * bpf_core_enum_value(enum memcg_memory_event, MEMCG_OOM_KILL));
	__u64 id = ct_seen(ct_seen(ct_seen(memory, css.cgroup), kn), id);
	__u64 *last = bpf_map_lookup_elem(&oom_counts, &id);
	bool more = kills > (last ? *last : 0);

	bpf_map_update_elem(&oom_counts, &id, &kills, BPF_ANY);
	return more;
}

/* Whether this process was told of; from now on it is. */
static __always_inline bool ct_oom_known(__u32 pid, __u64 start_ns)
{
	struct ct_oom_process process = {start_ns, pid};
	__u8 known = 1;

	return bpf_map_update_elem(&oom_killed, &process, &known, BPF_NOEXIST) == -CT_EEXIST;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What oom_kill_process was told, from there to the tracepoint within. One is enough for the host: all of it happens under oom_lock, in one thread
 * (mm/oom_kill.c: out_of_memory).
 */
#ifndef CONNTRAIL_OOM_KILL_CHOICE_H
#define CONNTRAIL_OOM_KILL_CHOICE_H

#include "compat.h"
#include "frames.h"

struct ct_oom_choice {
	__u64 thread; /* bpf_get_current_pid_tgid of whoever is choosing */
	__u64 victim; /* struct task_struct *: is being killed; 0 once it is marked */
	__u64 victim_pid; /* of its thread group; 0: that may not be read */
	__u64 memory_cgroup; /* struct cgroup * */
	__u64 limit_pages;
	__s64 score;
	__u32 scope;
	__u32 source; /* of all of this; CT_OOM_KILL_SOURCE_TRACEPOINT: no hook has told of a choice yet */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_oom_choice);
} oom_choice SEC(".maps");

static __always_inline struct ct_oom_choice *ct_oom_choice(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&oom_choice, &zero);
}

static __always_inline __u32 ct_oom_scope(__u32 constraint)
{
	if (constraint == bpf_core_enum_value(enum oom_constraint, CONSTRAINT_MEMCG))
		return CT_OOM_KILL_SCOPE_CGROUP;
	if (constraint == bpf_core_enum_value(enum oom_constraint, CONSTRAINT_MEMORY_POLICY))
		return CT_OOM_KILL_SCOPE_MEMPOLICY;
	if (constraint == bpf_core_enum_value(enum oom_constraint, CONSTRAINT_CPUSET))
		return CT_OOM_KILL_SCOPE_CPUSET;
	return CT_OOM_KILL_SCOPE_SYSTEM;
}

/* `by`: enum ct_oom_kill_source; `of(pointer, field)`: how a field is read there. */
#define ct_oom_chosen(by, of, oc)                                            \
	do {                                                                 \
		struct ct_oom_choice *ct_choice = ct_oom_choice();           \
		struct mem_cgroup *ct_memory;                                \
		if (!ct_choice)                                              \
			break;                                               \
		ct_choice->thread = bpf_get_current_pid_tgid();              \
		ct_choice->victim = 0;                                       \
		ct_choice->source = (by);                                    \
		ct_choice->score = of(oc, chosen_points);                    \
		ct_choice->scope = ct_oom_scope(of(oc, constraint));         \
		ct_choice->memory_cgroup = 0;                                \
		ct_choice->limit_pages = ~0ULL;                              \
		ct_memory = of(oc, memcg);                                   \
		if (!ct_memory)                                              \
			break;                                               \
		ct_choice->memory_cgroup = (__u64)of(ct_memory, css.cgroup); \
		ct_choice->limit_pages = of(ct_memory, memory.max);          \
	} while (0)

/* __oom_kill_process: once for the victim, and once for each other process of a group that is killed as a whole (memory.oom.group). */
static __always_inline void ct_oom_killing(struct task_struct *victim, __u32 pid)
{
	struct ct_oom_choice *choice = ct_oom_choice();

	if (!choice || choice->thread != bpf_get_current_pid_tgid())
		return;
	choice->victim = (__u64)victim;
	choice->victim_pid = pid;
}

#endif

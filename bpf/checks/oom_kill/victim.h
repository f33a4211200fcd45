/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What there is to say of the process that is killed. The tracepoint's own task is loaded from plainly, which no lockdown forbids; one that a
 * hook left behind is known by its address alone.
 */
#ifndef CONNTRAIL_OOM_KILL_VICTIM_H
#define CONNTRAIL_OOM_KILL_VICTIM_H

#include "cgroup_walk.h"
#include "frames.h"

/* Indices of mm_struct.rss_stat (include/linux/mm_types_task.h). */
#define CT_MM_FILEPAGES 0
#define CT_MM_ANONPAGES 1
#define CT_MM_SHMEMPAGES 3

/* Until 6.1: then counters per CPU (f1a7941243c1, 6.2). */
struct mm_rss_stat___atomic {
	atomic_long_t count[4];
} __attribute__((preserve_access_index));
struct mm_struct___atomic {
	struct mm_rss_stat___atomic rss_stat;
} __attribute__((preserve_access_index));
struct mm_struct___percpu {
	struct percpu_counter rss_stat[4];
} __attribute__((preserve_access_index));

/* `typed`, a constant: the verifier knows what `pointer` points to. */
#define ct_of_victim(typed, pointer, field) ((typed) ? (pointer)->field : ct_seen(pointer, field))

/* As get_mm_counter does: what CPUs have not yet added may take a sum below zero. */
static __always_inline __u64 ct_positive(__s64 pages)
{
	return pages > 0 ? pages : 0;
}

/* Arrays of atomic_long_t are no memory that the verifier of those kernels knows. */
#define ct_rss(typed, mm, index)                                                                                  \
	ct_positive(ct_rss_is_atomic()                                                                            \
			    ? ct_word_at((void *)(mm) +                                                           \
					 bpf_core_field_offset(struct mm_struct___atomic, rss_stat.count[index])) \
			    : ct_of_victim(typed, (struct mm_struct___percpu *)(mm), rss_stat[index].count))
#define ct_rss_is_atomic() bpf_core_type_exists(struct mm_rss_stat___atomic)

static __always_inline void ct_describe_pages(struct ct_oom_kill *kill, struct task_struct *task, const bool typed)
{
	struct mm_struct *mm = ct_of_victim(typed, task, mm);

	/* A process that is killed has one yet. */
	if (!mm || (ct_rss_is_atomic() && !ct_can_see()))
		return;
	kill->known |= CT_OOM_KILL_KNOWN_PAGES;
	kill->total_pages = ct_of_victim(typed, mm, total_vm);
	kill->anon_pages = ct_rss(typed, mm, CT_MM_ANONPAGES);
	kill->file_pages = ct_rss(typed, mm, CT_MM_FILEPAGES);
	kill->shmem_pages = ct_rss(typed, mm, CT_MM_SHMEMPAGES);
}

static __always_inline void ct_describe_victim(struct ct_oom_kill *kill, struct task_struct *task, const bool typed)
{
	struct task_struct *leader = ct_of_victim(typed, task, group_leader);
	struct cred *cred = (struct cred *)ct_of_victim(typed, task, real_cred);
	struct signal_struct *signal = ct_of_victim(typed, task, signal);
	struct css_set *set = ct_of_victim(typed, task, cgroups);
	struct cgroup *unified = ct_of_victim(typed, set, dfl_cgrp);
	struct kernfs_node *node = ct_of_victim(typed, unified, kn);

	kill->known |= CT_OOM_KILL_KNOWN_VICTIM;
	kill->victim_pid = ct_of_victim(typed, task, tgid);
	kill->victim_start_ns = ct_of_victim(typed, leader, start_boottime);
	kill->victim_uid = ct_of_victim(typed, cred, uid.val);
	kill->victim_oom_score_adj = ct_of_victim(typed, signal, oom_score_adj);
	kill->victim_cgroup_id = ct_of_victim(typed, node, id);
	if (typed || bpf_ksym_exists(bpf_rdonly_cast))
		__builtin_memcpy(kill->victim_name, task->comm, sizeof(kill->victim_name));
	else if (ct_may_read)
		bpf_core_read(kill->victim_name, sizeof(kill->victim_name), &task->comm);
	ct_describe_pages(kill, task, typed);
}

#endif

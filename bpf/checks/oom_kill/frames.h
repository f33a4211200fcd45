/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* What the kernel says of a process that it kills for want of memory. */
#ifndef CONNTRAIL_OOM_KILL_FRAMES_H
#define CONNTRAIL_OOM_KILL_FRAMES_H

#include "cgroup_path.h"
#include "frame.h"

enum ct_oom_kill_kind {
	CT_OOM_KILL_KIND_KILL = CT_KIND(CT_FEATURE_OOM_KILL, 1), /* struct ct_oom_kill */
};

enum ct_oom_kill_group {
	CT_OOM_KILL_GROUP_VICTIM = CT_KIND(CT_FEATURE_OOM_KILL, 1),
};

/* Places of ct_account.lost. */
enum ct_oom_kill_lost {
	CT_OOM_KILL_LOST_BUFFER_FULL = 0,
};

/* Places of ct_account.notes. */
enum ct_oom_kill_note {
	CT_OOM_KILL_NOTE_HELPED =
		0, /* was dying already, and is let at the reserves to come to its end: nobody was killed */
	CT_OOM_KILL_NOTE_AGAIN = 1, /* another thread of a process that was told */
};

/* Bits of ct_oom_kill.known: what this kernel and its hooks let a program see. */
enum ct_oom_kill_known {
	CT_OOM_KILL_KNOWN_VICTIM = 1, /* all of the victim but its pages, not its pid alone */
	CT_OOM_KILL_KNOWN_PAGES = 2,
	CT_OOM_KILL_KNOWN_CHOICE = 4, /* scope, score and memory_path */
	CT_OOM_KILL_KNOWN_LIMIT = 8, /* there is a memory cgroup, and it has one */
};

/* What had no room left (include/linux/oom.h: enum oom_constraint). */
enum ct_oom_kill_scope {
	CT_OOM_KILL_SCOPE_SYSTEM = 0,
	CT_OOM_KILL_SCOPE_CPUSET = 1,
	CT_OOM_KILL_SCOPE_MEMPOLICY = 2,
	CT_OOM_KILL_SCOPE_CGROUP = 3,
};

/* Which hook told of the choice. */
enum ct_oom_kill_source {
	CT_OOM_KILL_SOURCE_TRACEPOINT = 0, /* none: the tracepoint alone */
	CT_OOM_KILL_SOURCE_FENTRY = 1,
	CT_OOM_KILL_SOURCE_KPROBE = 2,
};

#define CT_OOM_KILL_NAME_LEN 16 /* TASK_COMM_LEN */

/* One process that the OOM killer killed (mm/oom_kill.c: __oom_kill_process), and the one whose allocation was the occasion. */
struct ct_oom_kill {
	struct ct_event event;
	__u64 boot_ns; /* when it was chosen */
	__u64 victim_start_ns; /* boot clock, of the thread group leader */
	__u64 victim_cgroup_id; /* in the v2 hierarchy */
	__u64 trigger_cgroup_id; /* in the v2 hierarchy: of the process that asked for memory */
	__u64 total_pages; /* mm_struct.total_vm */
	__u64 anon_pages; /* mm_struct.rss_stat, as the kernel's log has it: what CPUs have yet to add is not in it */
	__u64 file_pages;
	__u64 shmem_pages;
	__u64 limit_pages; /* of the memory cgroup */
	__s64 score; /* oom_control.chosen_points */
	__u32 victim_pid; /* thread group, in the initial pid namespace */
	__u32 victim_uid; /* in the initial user namespace */
	__s32 victim_oom_score_adj; /* -1000 to 1000 */
	__u32 trigger_pid;
	__u32 trigger_uid;
	__u32 page_size; /* bytes */
	__u32 known; /* enum ct_oom_kill_known */
	__u16 scope; /* enum ct_oom_kill_scope */
	__u16 source; /* enum ct_oom_kill_source */
	char victim_name[CT_OOM_KILL_NAME_LEN]; /* of the thread that was marked */
	char trigger_name[CT_OOM_KILL_NAME_LEN];
	struct ct_cgroup_path victim_path; /* in the hierarchy that has the memory controller */
	struct ct_cgroup_path trigger_path;
	struct ct_cgroup_path memory_path; /* the one that had no room left; id 0: it was none */
};

#endif

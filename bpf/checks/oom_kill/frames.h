/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* What the kernel says of a process that it kills for want of memory. */
#ifndef CONNTRAIL_OOM_KILL_FRAMES_H
#define CONNTRAIL_OOM_KILL_FRAMES_H

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

/* Bits of ct_oom_kill.known: what this kernel's tracepoint lets a program see. */
enum ct_oom_kill_known {
	CT_OOM_KILL_KNOWN_VICTIM = 1, /* name, uid and adjustment of the victim, not its pid alone */
};

#define CT_OOM_KILL_NAME_LEN 16 /* TASK_COMM_LEN */

/* One process chosen by the OOM killer (mm/oom_kill.c: mark_oom_victim), and the one whose allocation was the occasion. */
struct ct_oom_kill {
	struct ct_event event;
	__u64 boot_ns; /* when it was chosen */
	__u64 trigger_cgroup_id; /* cgroup v2 id of the process that asked for memory */
	__u32 victim_pid; /* thread group, in the initial pid namespace */
	__u32 victim_uid; /* in the initial user namespace */
	__s32 victim_oom_score_adj; /* -1000 to 1000 */
	__u32 trigger_pid;
	__u32 trigger_uid;
	__u32 known; /* enum ct_oom_kill_known */
	char victim_name[CT_OOM_KILL_NAME_LEN];
	char trigger_name[CT_OOM_KILL_NAME_LEN];
};

#endif

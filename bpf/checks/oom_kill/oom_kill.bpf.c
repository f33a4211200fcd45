// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* One event for each process that the OOM killer chooses. */
#include "vmlinux.h"

#include "compat.h"
#include "facts.h"
#include "frames.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

CT_EVENT_COUNTERS(oom_kill_counters);

/* The tracepoint since it is given the task (72ba14deb40a, 6.9, and stable kernels: 6.1 of Debian has it). Before: mark_victim(int pid). */
struct trace_event_raw_mark_victim___task {
	uid_t uid;
} __attribute__((preserve_access_index));

static __always_inline void describe_victim(struct ct_oom_kill *kill, struct task_struct *task)
{
	kill->known = CT_OOM_KILL_KNOWN_VICTIM;
	kill->victim_pid = BPF_CORE_READ(task, tgid);
	kill->victim_uid = BPF_CORE_READ(task, real_cred, uid.val);
	kill->victim_oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	bpf_core_read_str(kill->victim_name, sizeof(kill->victim_name), &task->comm);
}

/* mm/oom_kill.c: mark_oom_victim. The current task is the one whose allocation could not be served, or a kernel thread. */
SEC("raw_tp/mark_victim")
int mark_victim(struct bpf_raw_tracepoint_args *ctx)
{
	struct ct_oom_kill *kill = ct_event_reserve(facts, oom_kill_counters, CT_OOM_KILL_KIND_KILL, struct ct_oom_kill,
						    CT_OOM_KILL_LOST_BUFFER_FULL);

	if (!kill)
		return 0;
	kill->boot_ns = bpf_ktime_get_boot_ns();
	kill->trigger_cgroup_id = bpf_get_current_cgroup_id();
	kill->trigger_pid = bpf_get_current_pid_tgid() >> 32;
	kill->trigger_uid = (__u32)bpf_get_current_uid_gid();
	bpf_get_current_comm(kill->trigger_name, sizeof(kill->trigger_name));
	if (bpf_core_field_exists(struct trace_event_raw_mark_victim___task, uid)) {
		describe_victim(kill, (struct task_struct *)ctx->args[0]);
	} else {
		kill->known = 0;
		kill->victim_pid = (__u32)ctx->args[0];
		kill->victim_uid = 0;
		kill->victim_oom_score_adj = 0;
		kill->victim_name[0] = 0;
	}
	/* Rare, and worth a wake-up each. */
	ct_event_submit(oom_kill_counters, kill, BPF_RB_FORCE_WAKEUP);
	return 0;
}

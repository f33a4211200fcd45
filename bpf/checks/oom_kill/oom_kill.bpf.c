// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* One event for each process that the OOM killer kills. */
#include "vmlinux.h"

#include "choice.h"
#include "facts.h"
#include "kills.h"
#include "places.h"
#include "victim.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 ct_page_size = 4096;

CT_EVENT_COUNTERS(oom_kill_counters);

/* The tracepoint since it is given the task (72ba14deb40a, 6.9, and stable kernels: 6.1 of Debian has it). Before: mark_victim(int pid). */
struct trace_event_raw_mark_victim___task {
	uid_t uid;
} __attribute__((preserve_access_index));

#define ct_gives_task() bpf_core_field_exists(struct trace_event_raw_mark_victim___task, uid)

/* The current task is the one whose allocation could not be served, or a kernel thread. */
static __always_inline void describe_trigger(struct ct_oom_kill *kill)
{
	kill->trigger_cgroup_id = bpf_get_current_cgroup_id();
	kill->trigger_pid = bpf_get_current_pid_tgid() >> 32;
	kill->trigger_uid = (__u32)bpf_get_current_uid_gid();
	bpf_get_current_comm(kill->trigger_name, sizeof(kill->trigger_name));
}

static __always_inline void describe_choice(struct ct_oom_kill *kill, struct ct_oom_choice *choice)
{
	kill->known |= CT_OOM_KILL_KNOWN_CHOICE;
	kill->source = choice->source;
	kill->scope = choice->scope;
	kill->score = choice->score;
	/* PAGE_COUNTER_MAX: it has none. */
	if (!choice->memory_cgroup || choice->limit_pages >= 0x7fffffffffffffffULL / ct_page_size)
		return;
	kill->known |= CT_OOM_KILL_KNOWN_LIMIT;
	kill->limit_pages = choice->limit_pages;
}

/* Global, so that the verifier goes through the walk once, not once for each place. */
__noinline int place(__u32 role)
{
	ct_oom_walk(role);
	return 0;
}

/* Null: nowhere. */
static __always_inline void describe_place(enum ct_oom_role role, struct cgroup *cgroup, struct ct_cgroup_path *path)
{
	struct ct_oom_place *found = ct_oom_place(role);

	if (!found) {
		__builtin_memset(path, 0, sizeof(*path));
		return;
	}
	found->cgroup = (__u64)cgroup;
	place(role);
	__builtin_memcpy(path, &found->path, sizeof(*path));
}

/* mm/oom_kill.c: mark_oom_victim. */
SEC("tp_btf/mark_victim")
int mark_victim(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct ct_oom_choice *choice = ct_oom_choice();
	struct cgroup *of_victim = 0, *memory = 0;
	struct task_struct *chosen;
	struct ct_oom_kill *kill;
	bool told, killed;

	if (!choice)
		return 0;
	told = choice->thread == bpf_get_current_pid_tgid() && choice->victim;
	chosen = told ? ct_view(struct task_struct, choice->victim) : 0;
	if (ct_gives_task() && told && choice->victim_pid && choice->victim_pid != task->tgid)
		told = false;
	choice->victim = 0;
	if (choice->source != CT_OOM_KILL_SOURCE_TRACEPOINT)
		killed = told;
	else
		killed = !ct_gives_task() || !ct_oom_counts() || ct_oom_counted(task);
	if (!killed) {
		ct_event_count(oom_kill_counters, notes[CT_OOM_KILL_NOTE_HELPED]);
		return 0;
	}
	if (ct_gives_task() && ct_oom_known(task->tgid, task->group_leader->start_boottime)) {
		ct_event_count(oom_kill_counters, notes[CT_OOM_KILL_NOTE_AGAIN]);
		return 0;
	}
	kill = ct_event_reserve(facts, oom_kill_counters, CT_OOM_KILL_KIND_KILL, struct ct_oom_kill,
				CT_OOM_KILL_LOST_BUFFER_FULL);
	if (!kill)
		return 0;
	__builtin_memset((void *)kill + sizeof(kill->event), 0,
			 offsetof(struct ct_oom_kill, victim_path) - sizeof(kill->event));
	kill->boot_ns = bpf_ktime_get_boot_ns();
	kill->page_size = ct_page_size;
	describe_trigger(kill);
	if (told) {
		describe_choice(kill, choice);
		memory = (struct cgroup *)choice->memory_cgroup;
	}
	if (ct_gives_task()) {
		ct_describe_victim(kill, task, true);
		of_victim = ct_cgroup_of(task);
	} else if (told) {
		ct_describe_victim(kill, chosen, false);
		of_victim = ct_cgroup_of(chosen);
	} else {
		kill->victim_pid = (__u32)ctx[0];
	}
	describe_place(CT_OOM_ROLE_MEMORY, memory, &kill->memory_path);
	describe_place(CT_OOM_ROLE_VICTIM, of_victim, &kill->victim_path);
	describe_place(CT_OOM_ROLE_TRIGGER, ct_cgroup_of((struct task_struct *)bpf_get_current_task()),
		       &kill->trigger_path);
	/* Rare, and worth a wake-up each. */
	ct_event_submit(oom_kill_counters, kill, BPF_RB_FORCE_WAKEUP);
	return 0;
}

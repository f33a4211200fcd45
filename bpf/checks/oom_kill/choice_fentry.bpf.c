// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* What has no room left, and who is chosen, by fentry: plain loads, so that it works under lockdown too. */
#include "vmlinux.h"

#include "choice.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define ct_loaded(pointer, field) ((pointer)->field)

SEC("fentry/oom_kill_process")
int BPF_PROG(oom_chosen, struct oom_control *oc)
{
	ct_oom_chosen(CT_OOM_KILL_SOURCE_FENTRY, ct_loaded, oc);
	return 0;
}

SEC("fentry/__oom_kill_process")
int BPF_PROG(oom_killing, struct task_struct *victim)
{
	ct_oom_killing(victim, victim->tgid);
	return 0;
}

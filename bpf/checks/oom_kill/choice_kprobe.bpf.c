// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* What has no room left, and who is chosen, by kprobe: for kernels without fentry. */
#include "vmlinux.h"

#include "choice.h"
#include "kernel_view.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("kprobe/oom_kill_process")
int BPF_KPROBE(oom_chosen_kprobe, struct oom_control *chosen)
{
	struct oom_control *oc = ct_view(struct oom_control, chosen);

	ct_oom_chosen(CT_OOM_KILL_SOURCE_KPROBE, ct_seen, oc);
	return 0;
}

SEC("kprobe/__oom_kill_process")
int BPF_KPROBE(oom_killing_kprobe, struct task_struct *victim)
{
	struct task_struct *task = ct_view(struct task_struct, victim);

	ct_oom_killing(task, ct_seen(task, tgid));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/* A row for every descriptor of a map, a program, a link, or a perf event with a program. */
#include "held.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline __u32 ct_held_id(__u32 what, void *held)
{
	switch (what) {
	case CT_EBPF_HOLDS_MAP:
		return BPF_CORE_READ((struct bpf_map *)held, id);
	case CT_EBPF_HOLDS_PROGRAM:
		return BPF_CORE_READ((struct bpf_prog *)held, aux, id);
	case CT_EBPF_HOLDS_LINK:
		return BPF_CORE_READ((struct bpf_link *)held, prog, aux, id);
	case CT_EBPF_HOLDS_EVENT:
		return BPF_CORE_READ((struct perf_event *)held, prog, aux, id);
	}
	return 0;
}

SEC("iter/task_file")
int every_holder(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct ct_ebpf_holder_row row = {};
	struct file *file = ctx->file;

	if (!task || !file)
		return 0;
	row.what = ct_what_file(file);
	if (!row.what)
		return 0;
	row.id = ct_held_id(row.what, BPF_CORE_READ(file, private_data));
	if (!row.id)
		return 0;
	row.fd = ctx->fd;
	row.pid = task->tgid;
	row.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	BPF_CORE_READ_STR_INTO(&row.name, task, group_leader, comm);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/* A row for every mapping of a map's memory. */
#include "held.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("iter/task_vma")
int every_mapping(struct bpf_iter__task_vma *ctx)
{
	struct vm_area_struct *area = ctx->vma;
	struct ct_ebpf_mapping_row row = {};
	struct task_struct *task = ctx->task;
	struct bpf_map *map;
	struct file *file;

	if (!area || !task)
		return 0;
	file = BPF_CORE_READ(area, vm_file);
	if (!file || ct_what_file(file) != CT_EBPF_HOLDS_MAP)
		return 0;
	row.start = BPF_CORE_READ(area, vm_start);
	row.end = BPF_CORE_READ(area, vm_end);
	row.page = BPF_CORE_READ(area, vm_pgoff);
	map = BPF_CORE_READ(file, private_data);
	row.map = BPF_CORE_READ(map, id);
	row.pid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

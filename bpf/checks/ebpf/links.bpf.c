// SPDX-License-Identifier: GPL-2.0
/* A row for every link of the host: which program it attaches. */
#include "compat.h"
#include "rows/rows.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("iter/bpf_link")
int every_link(struct bpf_iter__bpf_link *ctx)
{
	struct bpf_link *link = ctx->link;
	struct ct_ebpf_link_row row = {};

	if (!link)
		return 0;
	row.id = link->id;
	row.type = link->type;
	row.program = BPF_CORE_READ(link, prog, aux, id);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

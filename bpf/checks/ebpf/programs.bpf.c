// SPDX-License-Identifier: GPL-2.0
/* A row for every program of the host. */
#include "compat.h"
#include "rows/rows.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_STATISTICS_CPUS 512 /* policy: most CPUs whose counters are added up here */

const volatile __u32 ct_cpus = 1;

/* Not every kernel tells where its data is (CONFIG_KALLSYMS_ALL). */
extern const void __per_cpu_offset __ksym __weak;

/* Up to 5.11 the counters were pointed to by the auxiliary part (700d4796ef59), and there were no misses (9ed9e9ba2337). */
struct bpf_prog_aux___5_10 {
	struct bpf_prog_stats *stats;
} __attribute__((preserve_access_index));

/* Up to 5.15 they were plain numbers (61a0abaee209). */
struct bpf_prog_stats___plain {
	__u64 cnt;
	__u64 nsecs;
	__u64 misses;
} __attribute__((preserve_access_index));

struct bpf_prog_aux___verified {
	__u32 verified_insns; /* 5.16 (aba64c7da983) */
} __attribute__((preserve_access_index));

/* Where the counters of this program are, relative to the memory of a CPU: a number, since the verifier adds no numbers to pointers. */
static __always_inline __u64 ct_statistics_of(struct bpf_prog *prog)
{
	if (bpf_core_field_exists(prog->stats))
		return (__u64)BPF_CORE_READ(prog, stats);
	return (__u64)BPF_CORE_READ((struct bpf_prog_aux___5_10 *)prog->aux, stats);
}

#define ct_counter_exists(name)                                \
	(bpf_core_field_exists(struct bpf_prog_stats, name) || \
	 bpf_core_field_exists(struct bpf_prog_stats___plain, name))
#define ct_counter_offset(name)                                       \
	(bpf_core_field_exists(struct bpf_prog_stats, name)           \
		 ? bpf_core_field_offset(struct bpf_prog_stats, name) \
		 : bpf_core_field_offset(struct bpf_prog_stats___plain, name))

static __always_inline __u64 ct_counter(__u64 address)
{
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (void *)address);
	return number;
}

/* The sum of what each CPU has counted, as the kernel adds it up itself (bpf_prog_get_stats). */
static __always_inline void ct_program_runs(struct bpf_prog *prog, struct ct_ebpf_program_row *row)
{
	__u64 statistics = ct_statistics_of(prog);
	const __u64 *offsets = &__per_cpu_offset;

	if (!statistics || !bpf_ksym_exists(&__per_cpu_offset) || ct_cpus > CT_STATISTICS_CPUS)
		return;
	for (__u32 cpu = 0; cpu < CT_STATISTICS_CPUS && cpu < ct_cpus; cpu++) {
		__u64 here = 0;

		bpf_probe_read_kernel(&here, sizeof(here), offsets + cpu);
		here += statistics;
		row->run_time_ns += ct_counter(here + ct_counter_offset(nsecs));
		row->run_count += ct_counter(here + ct_counter_offset(cnt));
		if (ct_counter_exists(misses))
			row->misses += ct_counter(here + ct_counter_offset(misses));
	}
	row->has |= CT_EBPF_PROGRAM_HAS_RUNS;
	if (ct_counter_exists(misses))
		row->has |= CT_EBPF_PROGRAM_HAS_MISSES;
}

/* The kernel cuts the name of an object; that of the function stands in the program's own types. */
static __always_inline void ct_program_name(struct bpf_prog_aux *aux, struct ct_ebpf_program_row *row)
{
	struct btf *btf = BPF_CORE_READ(aux, btf);
	struct bpf_func_info *functions = BPF_CORE_READ(aux, func_info);
	struct btf_type **types, *type = NULL;
	__u32 id, offset;

	if (!btf || !functions)
		return;
	id = BPF_CORE_READ(functions, type_id);
	types = BPF_CORE_READ(btf, types);
	bpf_probe_read_kernel(&type, sizeof(type), types + id);
	if (!type)
		return;
	offset = BPF_CORE_READ(type, name_off);
	if (offset < BPF_CORE_READ(btf, hdr.str_len))
		bpf_probe_read_kernel_str(row->full_name, sizeof(row->full_name), BPF_CORE_READ(btf, strings) + offset);
}

SEC("iter/bpf_prog")
int every_program(struct bpf_iter__bpf_prog *ctx)
{
	struct bpf_prog *prog = ctx->prog;
	struct ct_ebpf_program_row row = {};
	struct bpf_prog_aux *aux;
	const char *function;

	if (!prog)
		return 0;
	aux = prog->aux;
	row.id = aux->id;
	row.type = prog->type;
	row.attach_type = prog->expected_attach_type;
	row.gpl_compatible = BPF_CORE_READ_BITFIELD_PROBED(prog, gpl_compatible);
	row.loaded_ns = aux->load_time;
	row.uid = BPF_CORE_READ(aux, user, uid.val);
	row.btf_id = BPF_CORE_READ(aux, btf, id);
	row.xlated_bytes = prog->len * sizeof(struct bpf_insn);
	row.jited_bytes = prog->jited_len;
	if (bpf_core_field_exists(((struct bpf_prog_aux___verified *)0)->verified_insns)) {
		row.verified = BPF_CORE_READ((struct bpf_prog_aux___verified *)aux, verified_insns);
		row.has |= CT_EBPF_PROGRAM_HAS_VERIFIED;
	}
	bpf_core_read(row.tag, sizeof(row.tag), &prog->tag);
	bpf_core_read_str(row.name, sizeof(row.name), &aux->name);
	ct_program_name(aux, &row);
	function = BPF_CORE_READ(aux, attach_func_name);
	if (function)
		bpf_probe_read_kernel_str(row.function, sizeof(row.function), function);
	ct_program_runs(prog, &row);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What the iterators write, one row for each object, and what the source in TypeScript reads of it at once: no row leaves the process. A field that
 * this kernel does not have is zero, and its bit is not set.
 */
#ifndef CONNTRAIL_EBPF_ROWS_H
#define CONNTRAIL_EBPF_ROWS_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define CT_EBPF_ROW_NAME 16 /* BPF_OBJ_NAME_LEN, TASK_COMM_LEN */
#define CT_EBPF_ROW_FUNCTION 112 /* name of a function, cut */
#define CT_EBPF_ROW_RINGS 1024 /* most places of a perf event array that are looked at */

/* Bits of ct_ebpf_map_row.has. */
enum ct_ebpf_map_has {
	CT_EBPF_MAP_HAS_ENTRIES = 1 << 0,
	CT_EBPF_MAP_HAS_BUFFER = 1 << 1,
};

struct ct_ebpf_map_row {
	__u64 extra;
	__u64 entries; /* the kernel's own sum */
	__s64 references; /* everything that keeps it */
	__u64 buffer_bytes; /* as in struct ct_ebpf_buffer */
	__u64 mapped;
	__u32 rings;
	__u32 mappings;
	__u32 id;
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 flags;
	__u32 btf_id;
	__u32 frozen;
	__u32 has; /* enum ct_ebpf_map_has */
	__u32 reserved;
	char name[CT_EBPF_ROW_NAME];
};

/* Bits of ct_ebpf_program_row.has. */
enum ct_ebpf_program_has {
	CT_EBPF_PROGRAM_HAS_RUNS = 1 << 0,
	CT_EBPF_PROGRAM_HAS_MISSES = 1 << 1,
	CT_EBPF_PROGRAM_HAS_VERIFIED = 1 << 2,
};

struct ct_ebpf_program_row {
	__u64 loaded_ns; /* boot clock */
	__u64 run_time_ns;
	__u64 run_count;
	__u64 misses;
	__u32 id;
	__u32 type;
	__u32 attach_type; /* that it was loaded for */
	__u32 btf_id;
	__u32 uid;
	__u32 xlated_bytes;
	__u32 jited_bytes;
	__u32 verified;
	__u32 gpl_compatible;
	__u32 has; /* enum ct_ebpf_program_has */
	__u8 tag[8];
	char name[CT_EBPF_ROW_NAME];
	char full_name[64]; /* of its function, by its own types; empty without */
	char function
		[CT_EBPF_ROW_FUNCTION]; /* of the kernel or of a program, that it is attached to by type; empty: none */
};

struct ct_ebpf_link_row {
	__u32 id;
	__u32 type;
	__u32 program; /* id */
	__u32 reserved;
};

enum ct_ebpf_holds {
	CT_EBPF_HOLDS_MAP = 1,
	CT_EBPF_HOLDS_PROGRAM = 2,
	CT_EBPF_HOLDS_LINK = 3, /* the program of a link */
	CT_EBPF_HOLDS_EVENT = 4, /* the program of a perf event */
};

/* A descriptor. */
struct ct_ebpf_holder_row {
	__u64 start_ns; /* of the process, boot clock */
	__u32 what; /* enum ct_ebpf_holds */
	__u32 id; /* of the map, or of the program */
	__u32 pid; /* thread group, in the initial pid namespace */
	__u32 fd;
	char name[CT_EBPF_ROW_NAME];
};

/* A mapping of a map's memory. */
struct ct_ebpf_mapping_row {
	__u64 start;
	__u64 end;
	__u64 page; /* first page of the map's that is mapped */
	__u32 map;
	__u32 pid;
};

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What the kernel says of every eBPF map and program of the host. A round is one reading of all of them: a frame for each object, and then one
 * that ends the round. The frames are written by a source in TypeScript, and hold what was read; what follows from it, the stage works out.
 *
 * Sizes are in bytes, times in ns. Text ends with a NUL, and all of its place behind that is zero.
 */
#ifndef CONNTRAIL_EBPF_FRAMES_H
#define CONNTRAIL_EBPF_FRAMES_H

#include "frame.h"

enum ct_ebpf_kind {
	CT_EBPF_KIND_MAP = CT_KIND(CT_FEATURE_EBPF, 1), /* struct ct_ebpf_map, one unit */
	CT_EBPF_KIND_PROGRAM = CT_KIND(CT_FEATURE_EBPF, 2), /* struct ct_ebpf_program, one unit */
	CT_EBPF_KIND_ROUND =
		CT_KIND(CT_FEATURE_EBPF, 3), /* struct ct_ebpf_round: after the objects of the round; no unit */
};

enum ct_ebpf_group {
	CT_EBPF_GROUP_MAPS = CT_KIND(CT_FEATURE_EBPF, 1),
	CT_EBPF_GROUP_PROGRAMS = CT_KIND(CT_FEATURE_EBPF, 2),
	CT_EBPF_GROUP_LINKS = CT_KIND(CT_FEATURE_EBPF, 3),
	CT_EBPF_GROUP_OWNERS = CT_KIND(CT_FEATURE_EBPF, 4),
	CT_EBPF_GROUP_MAPPINGS = CT_KIND(CT_FEATURE_EBPF, 5),
};

/* Places of ct_account.lost, in objects. */
enum ct_ebpf_lost {
	CT_EBPF_LOST_VANISHED, /* went between being listed and being read */
	CT_EBPF_LOST_UNREADABLE, /* listed, and not even its type could be had */
};

/* Bits of ct_ebpf_object.known: what could be had of this object. What is not known is zero. */
enum ct_ebpf_known {
	CT_EBPF_KNOWN_INFO = 1 << 0, /* what is described as info below */
	CT_EBPF_KNOWN_MEMLOCK = 1 << 1,
	CT_EBPF_KNOWN_OWNERS = 1 << 2, /* everybody who holds it was seen; none is an answer too */
	CT_EBPF_KNOWN_PINNED = 1 << 3, /* every bpf file system that we see was searched */
	CT_EBPF_KNOWN_BUFFER = 1 << 4, /* map: the buffer and its mappings */
	CT_EBPF_KNOWN_ENTRIES = 1 << 5, /* map: the count of entries; else entries_reason says why not */
	CT_EBPF_KNOWN_RUNS = 1 << 6, /* program: run_time_ns and run_count */
	CT_EBPF_KNOWN_MISSES = 1 << 7, /* program: recursion_misses (Linux 5.12) */
	CT_EBPF_KNOWN_VERIFIED = 1 << 8, /* program: verified_instructions (Linux 5.16) */
	CT_EBPF_KNOWN_LINKS = 1 << 9, /* program: every link of the host was seen */
	CT_EBPF_KNOWN_OURS = 1 << 10, /* it belongs to this tracer */
	CT_EBPF_KNOWN_ONE_NAME = 1 << 11, /* all its owners, those not listed too, have the name of the first */
};

/* Why less is known of an object than of others. */
enum ct_ebpf_reason {
	CT_EBPF_REASON_NONE,
	CT_EBPF_REASON_REFUSED, /* its descriptor was not to be had: EPERM */
	CT_EBPF_REASON_NO_DESCRIPTOR, /* it could not be opened for another reason; known from an iterator */
};

#define CT_EBPF_NAME_LEN 64 /* the kernel's own has 15 bytes; the function's in BTF may be longer */
#define CT_EBPF_COMM_LEN 16 /* TASK_COMM_LEN */
#define CT_EBPF_TAG_LEN 8 /* BPF_TAG_SIZE */
#define CT_EBPF_OWNERS 8
#define CT_EBPF_ATTACHMENTS 4
#define CT_EBPF_PATHS 4
#define CT_EBPF_PATH_LEN 256
#define CT_EBPF_TARGET_LEN 112

/* A process that has a descriptor of the object, or of a link of the program. */
struct ct_ebpf_owner {
	__u64 start_ns; /* boot clock; 0 = not known */
	__u32 pid; /* thread group, in the initial pid namespace */
	__u32 reserved;
	char name[CT_EBPF_COMM_LEN]; /* command name */
};

/* Of every object. */
struct ct_ebpf_object {
	__u64 boot_ns; /* when it was read */
	__u64 memlock; /* memory that the kernel accounts for it: `memlock` of its fdinfo */
	__u32 round;
	__u32 id;
	__u32 type; /* enum bpf_map_type or bpf_prog_type; a number that nobody knows here is no error */
	__u32 known; /* enum ct_ebpf_known */
	__u32 btf_id; /* info; 0 = it has none */
	__u32 owners; /* how many processes hold it; the first CT_EBPF_OWNERS of them, by pid, are in owner */
	__u32 pinned; /* how many paths it is pinned at */
	__u8 paths; /* how many of them are in path: one that does not fit is not cut, but left out */
	__u8 reason; /* enum ct_ebpf_reason */
	__u16 reserved;
	__u32 page_size; /* of the host */
	__u32 reserved2;
	char name[CT_EBPF_NAME_LEN]; /* empty: it has none */
	struct ct_ebpf_owner owner[CT_EBPF_OWNERS];
	char path[CT_EBPF_PATHS][CT_EBPF_PATH_LEN];
};

/* How entries were counted. */
enum ct_ebpf_entries_by {
	CT_EBPF_ENTRIES_BY_NONE,
	CT_EBPF_ENTRIES_BY_KERNEL_SUM, /* the kernel's own sum: bpf_map_sum_elem_count, or the counter of a hash table */
	CT_EBPF_ENTRIES_BY_PROGRAM, /* a program walked it: bpf_for_each_map_elem */
	CT_EBPF_ENTRIES_BY_BATCH, /* batch look-ups */
	CT_EBPF_ENTRIES_BY_KEYS, /* from key to key */
	CT_EBPF_ENTRIES_BY_SIZE, /* an array: all its entries are there from the start */
};

/* Why entries are not known. */
enum ct_ebpf_entries_reason {
	CT_EBPF_ENTRIES_REASON_NONE,
	CT_EBPF_ENTRIES_REASON_NOT_COUNTABLE, /* a map of this type has nothing to be counted by */
	CT_EBPF_ENTRIES_REASON_BUDGET, /* the time of the round was used up; its turn comes in a later one */
	CT_EBPF_ENTRIES_REASON_CHANGING, /* it changed faster than it could be walked */
	CT_EBPF_ENTRIES_REASON_REFUSED, /* its descriptor was not to be had, or the map may not be read */
	CT_EBPF_ENTRIES_REASON_FAILED, /* reading it ended in another error */
	CT_EBPF_ENTRIES_REASON_NOT_ASKED, /* counting is switched off */
};

/* How a buffer's size and mappings are known. */
enum ct_ebpf_buffer_source {
	CT_EBPF_BUFFER_SOURCE_NONE, /* the map has no buffer */
	CT_EBPF_BUFFER_SOURCE_ITERATOR, /* the kernel's own structures, read by an iterator */
	CT_EBPF_BUFFER_SOURCE_PROC, /* /proc/PID/maps of those that hold it */
};

/*
 * The buffer of a perf event array or a ring buffer. Mapped lengths are address space: of a ring buffer the data is mapped twice in a row.
 */
struct ct_ebpf_buffer {
	__u64 bytes; /* perf event array: data and control pages of its rings together; ring buffer: its data */
	__u64 mapped; /* length of all mappings of the data; of perf rings, of everything */
	__u64 mapped_consumer; /* ring buffer: length of the mappings of its consumer page alone */
	__u32 rings; /* perf event array: places that hold an event with a ring; ring buffer: 1 */
	__u32 mappings; /* how many mappings the lengths are the sum of */
};

struct ct_ebpf_map {
	struct ct_ebpf_object object;
	__u64 entries;
	__u64 entries_ns; /* boot clock: when they were counted; at most object.boot_ns */
	__u64 extra; /* info: map_extra */
	struct ct_ebpf_buffer buffer;
	__u32 key_size; /* info */
	__u32 value_size; /* info */
	__u32 max_entries; /* info */
	__u32 flags; /* info: BPF_F_… */
	__u32 reserved;
	__u8 entries_by; /* enum ct_ebpf_entries_by */
	__u8 entries_reason; /* enum ct_ebpf_entries_reason */
	__u8 buffer_source; /* enum ct_ebpf_buffer_source */
	__u8 frozen; /* 1: user space may not change it any more */
};

/* A link, or another way in which the program is attached. */
struct ct_ebpf_attachment {
	__u32 link_id; /* 0 = not by a link */
	__u32 type; /* enum bpf_link_type */
	__u32 attach_type; /* enum bpf_attach_type; CT_EBPF_NO_ATTACH_TYPE = the link does not say */
	__u32 reserved;
	char target[CT_EBPF_TARGET_LEN]; /* to what: a function, a tracepoint, a device, a cgroup; empty = not known */
};

#define CT_EBPF_NO_ATTACH_TYPE 0xffffffffU

struct ct_ebpf_program {
	struct ct_ebpf_object object;
	__u64 loaded_ns; /* info: when it was loaded, boot clock */
	__u64 run_time_ns; /* since it was loaded, while statistics were on */
	__u64 run_count;
	__u64 recursion_misses;
	/* Boot clock: since when run-time statistics were on without a break, as far as we know; 0 = they are off. */
	__u64 statistics_since_ns;
	__u32 uid; /* info: of who loaded it, initial user namespace */
	__u32 xlated_bytes; /* info */
	__u32 jited_bytes; /* info; 0 = it is interpreted */
	__u32 verified_instructions;
	__u32 attachments; /* how many; the first CT_EBPF_ATTACHMENTS of them, by link_id, are in attachment */
	__u8 gpl_compatible; /* info */
	__u8 reserved[3];
	__u8 tag[CT_EBPF_TAG_LEN]; /* info */
	struct ct_ebpf_attachment attachment[CT_EBPF_ATTACHMENTS];
};

struct ct_ebpf_round {
	__u64 began_ns; /* boot clock */
	__u64 ended_ns;
	__u64 statistics_since_ns; /* as in ct_ebpf_program, at the end */
	__u64 cpu_ns; /* CPU time of the thread that read, for the whole round */
	__u64 counting_ns; /* of cpu_ns: for counting entries */
	__u32 round; /* 1, 2, … */
	__u32 maps; /* that were listed, those that vanished too */
	__u32 programs;
	__u32 reserved;
};

_Static_assert(sizeof(struct ct_ebpf_owner) == 32, "ct_ebpf_owner has no padding");
_Static_assert(sizeof(struct ct_ebpf_map) <= 4096 && sizeof(struct ct_ebpf_map) % 8 == 0,
	       "a frame of one page at most");
_Static_assert(sizeof(struct ct_ebpf_program) <= 4096 && sizeof(struct ct_ebpf_program) % 8 == 0, "likewise");

#endif

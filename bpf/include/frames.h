/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Frames: everything that enters the pipeline, as it stands in the shared ring and in a recording.
 * Written by the native reader (and FLUSH by the pump), read by src/pipeline.
 */
#ifndef CONNTRAIL_FRAMES_H
#define CONNTRAIL_FRAMES_H

#include "records.h"

enum ct_frame_kind {
	CT_FRAME_BATCH = 1, /* struct ct_batch, whole */
	CT_FRAME_SINGLE = 2, /* struct ct_single */
	CT_FRAME_PENDING = 3, /* struct ct_batch up to records[len]; read in place, no tail_id */
	CT_FRAME_SNAPSHOT_BEGIN = 4, /* struct ct_snapshot_mark */
	CT_FRAME_SNAPSHOT = 5, /* struct ct_conn[]: open conversations */
	CT_FRAME_SNAPSHOT_END = 6, /* struct ct_snapshot_mark */
	CT_FRAME_CLOCK = 7, /* struct ct_clock */
	CT_FRAME_COUNTERS = 8, /* struct ct_reader_counters, one per reader */
	CT_FRAME_FLUSH = 9, /* struct ct_flush, written by the pump */
	CT_FRAME_SELFTEST = 10, /* struct ct_selftest[]: sockets of the tracer's own self-test */
};

#define CT_FRAME_PAD 0xffffffffU /* length of the filler frame at the end of a ring */

/* Header of every frame; the payload follows, is 8-byte aligned, and never wraps. */
struct ct_frame {
	__u32 length; /* payload bytes, without padding to 8 */
	__u16 kind; /* enum ct_frame_kind */
	__u16 source; /* index of the reader that wrote it; 0xffff = the pump */
	__u32 seq; /* per reader; a dropped frame leaves a gap */
	__u32 fresh; /* closed connections in this frame that no earlier frame of this reader held */
};

struct ct_snapshot_mark {
	__u64 boot_ns; /* when the snapshot began (BEGIN and END carry the same time) */
	__u32 id; /* 1, 2, … */
	__u32 full; /* 1: every open conversation is in it; 0: only those that changed since the last one */
};

struct ct_clock {
	__u64 boot_ns; /* CLOCK_BOOTTIME */
	__s64 wall_offset_us; /* CLOCK_REALTIME - CLOCK_BOOTTIME; changes only when it moved by more than 500 µs */
};

/*
 * One reader's share of the ledger: totals since start, in closed connections unless said otherwise. Kernel counters are sums
 * over the CPUs this reader owns; a CPU belongs to one reader.
 */
struct ct_reader_counters {
	__u64 boot_ns;
	__u32 reader;
	__u32 readers; /* how many there are */
	__u32 final; /* 1: hooks are off, everything was drained, these numbers are the last */
	__u32 reserved;
	__u64 attempted;
	__u64 emitted; /* left the kernel: in full batches, singly, or read in place */
	__u64 pending; /* in open batches, not yet read */
	__u64 unbatched;
	__u64 lost_buffer_full;
	__u64 lost_map_full;
	__u64 lost_recursion;
	__u64 lost_unseen;
	__u64 caught;
	__u64 skipped_runs; /* reader 0 only: recursion_misses of all programs, in program runs; most were made up for */
	__u64 untracked;
	__u64 expired_early;
	__u64 unnamed;
	__u64 skipped_io; /* reader 0 only: of skipped_runs, those that counted sends and receives and were not made up for */
	__u64 read; /* records taken from the kernel, repeated readings included */
	__u64 duplicate; /* of read: already read earlier (partial batches) */
	__u64 torn; /* partial-batch readings that the ids proved torn, in readings; repeated at once */
	__u64 invalid; /* events of a size or CPU that cannot be, in events */
	__u64 transport_lost; /* PERF_RECORD_LOST, in events; a cross-check only */
	__u64 enqueued; /* fresh, written to the shared ring */
	__u64 dropped; /* fresh, for which the shared ring had no room */
	__u64 dropped_frames; /* all kinds, in frames */
};

struct ct_flush {
	__u64 boot_ns;
	__u32 final;
	__u32 deltas; /* 0: the credit gate is closed; open connections keep their deltas until a later flush */
};

enum ct_hook_group {
	CT_GROUP_TCP = 1,
	CT_GROUP_OWNER = 2,
	CT_GROUP_UDP = 3,
	CT_GROUP_SNAPSHOT = 4,
};

struct ct_selftest {
	__u64 cookie;
	__u32 group; /* enum ct_hook_group */
	__u32 reserved;
};

#endif

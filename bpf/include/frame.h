/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Frames: everything that enters the pipeline, as it stands in the shared ring and in a recording. Here is what all features share: the
 * header, the kinds of the core and their payloads. A feature's own kinds and structs are in bpf/<feature>/frames.h.
 *
 * All integers are native (little-endian) and naturally aligned; times are nanoseconds of CLOCK_BOOTTIME. The one definition of these
 * layouts: C++ includes this file, and the TypeScript offsets (src/frames/layout.gen.ts) are generated from layout.bpf.c.
 */
#ifndef CONNTRAIL_FRAME_H
#define CONNTRAIL_FRAME_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* High byte of a feature's frame kinds and hook groups. A number is never given twice: recordings carry it. */
enum ct_feature {
	CT_FEATURE_CORE = 0,
	CT_FEATURE_CONNECTIONS = 1,
	CT_FEATURE_DNS = 3,
	CT_FEATURE_OOM_KILL = 0x20,
	CT_FEATURE_EBPF = 0x21,
	CT_FEATURE_TCP_QUEUE_LENGTH = 0x22,
};

#define CT_KIND(feature, n) \
	((feature) << 8 | (n)) /* of a frame or an event; in the same way, the number of a hook group */

enum ct_core_kind {
	CT_CORE_KIND_CLOCK = CT_KIND(CT_FEATURE_CORE, 1), /* struct ct_clock */
	CT_CORE_KIND_FLUSH = CT_KIND(CT_FEATURE_CORE, 2), /* struct ct_flush, written by the pump */
	CT_CORE_KIND_SELFTEST =
		CT_KIND(CT_FEATURE_CORE, 3), /* struct ct_selftest[]: sockets of the self-test, or of a canary */
	CT_CORE_KIND_ACCOUNT = CT_KIND(CT_FEATURE_CORE, 4), /* struct ct_account */
	CT_CORE_KIND_GAP = CT_KIND(CT_FEATURE_CORE, 5), /* time in which nothing was observed */
	CT_CORE_KIND_CONFIG = CT_KIND(CT_FEATURE_CORE, 6), /* options that changed while the tracer ran */
	CT_CORE_KIND_MARK = CT_KIND(CT_FEATURE_CORE, 7), /* struct ct_mark */
	CT_CORE_KIND_HOOKS = CT_KIND(CT_FEATURE_CORE, 8), /* struct ct_hooks[], written by the pump */
	CT_CORE_KIND_UNORDERED = CT_KIND(CT_FEATURE_CORE, 9), /* struct ct_unordered, written by the pump */
	CT_CORE_KIND_ASSETS = CT_KIND(CT_FEATURE_CORE, 10), /* struct ct_asset[], written by the pump */
};

#define CT_FRAME_PAD 0xffffffffU /* length of the filler frame at the end of a ring */
#define CT_SOURCE_PUMP 0xffff

/* Header of every frame; the payload follows, is 8-byte aligned, and never wraps. */
struct ct_frame {
	__u32 length; /* payload bytes, without padding to 8 */
	__u16 kind; /* CT_KIND of the feature; 0 is none */
	__u16 source; /* index of the reader that wrote it; CT_SOURCE_PUMP = the pump */
	__u32 seq; /* per source; a dropped frame leaves a gap */
	__u32 fresh; /* units of the kind's feature in this frame that no earlier frame of this source held */
	__u64 boot_ns; /* when the source wrote it: all it holds was read by then */
};

/* First in every event that a program writes into a BPF ring. */
struct ct_event {
	__u16 kind; /* CT_KIND of the feature */
	__u16 cpu; /* that wrote it */
	__u32 length; /* bytes of the whole event, this head included */
};

struct ct_clock {
	__u64 boot_ns; /* CLOCK_BOOTTIME */
	__s64 wall_offset_us; /* CLOCK_REALTIME - CLOCK_BOOTTIME; changes only when it moved by more than 500 µs */
};

struct ct_flush {
	__u64 boot_ns;
	__u32 final;
	__u32 deltas; /* 0: the credit gate is closed; open connections keep their deltas until a later flush */
};

/*
 * A socket of the tracer's own, whose record proves a hook group when it says what follows: a TCP connection or one datagram each way, over
 * IPv4. One that proves several groups is told once for each.
 */
struct ct_selftest {
	__u64 cookie;
	__u64 opened_ns; /* before its conversation began */
	__u32 group; /* number of the hook group */
	__u32 round; /* 0: the self-test; from 1 on: canaries */
	__u32 pid; /* tgid in the initial pid namespace; 0 = not known here */
	__u32 sent_bytes;
	__u32 received_bytes;
	__u8 local_address[4]; /* network order */
	__u8 remote_address[4];
	__u16 local_port; /* host order */
	__u16 remote_port;
};

#define CT_LOST 8
#define CT_NOTES 16

/*
 * One source's share of one feature's row in the ledger: totals since start, in units of the feature. What each place of `lost` and `notes`
 * counts, the feature says (enum ct_<feature>_lost, enum ct_<feature>_note).
 */
struct ct_account {
	__u64 boot_ns; /* all that happened before has been told */
	__u16 feature; /* enum ct_feature */
	__u16 source; /* from 0 */
	__u16 sources; /* how many account for this feature */
	__u16 final; /* 1: its hooks are off, everything was drained, these numbers are the last */
	__u64 attempted; /* attempted = emitted + pending + all of lost */
	__u64 emitted; /* left the kernel */
	__u64 pending; /* in the kernel, not yet read */
	__u64 read; /* taken from the kernel, repeated readings included; read = duplicate + enqueued + dropped */
	__u64 duplicate; /* of read: already read earlier */
	__u64 enqueued; /* fresh, written to the shared ring */
	__u64 dropped; /* fresh, for which the shared ring had no room */
	__u64 lost[CT_LOST];
	__u64 notes[CT_NOTES];
};

/* A source of facts has written all it learned before this time: frames of others that are older may be taken. */
struct ct_mark {
	__u64 boot_ns;
};

enum ct_hook_state {
	CT_HOOK_STATE_ATTACHED = 1, /* live from its proof on */
	CT_HOOK_STATE_LIVE = 2, /* needs no proof */
	CT_HOOK_STATE_SILENT = 3, /* was proven, and its canaries do not come through any more */
};

/* A hook group that was brought up, or whose state has changed. */
struct ct_hooks {
	__u16 group;
	__u8 rung; /* place of its name in RungName, src/pipeline/hooks.ts */
	__u8 state; /* enum ct_hook_state */
	__u32 reattached; /* how often it was attached anew after it had gone silent */
};

/* What became of one object file (bpf/<name>.bpf.c). */
enum ct_asset_result {
	CT_ASSET_RESULT_USER_TYPES = 0, /* loaded, fitted to the kernel by types that the user gave */
	CT_ASSET_RESULT_EMBEDDED_TYPES = 1, /* … that came with the program */
	CT_ASSET_RESULT_KERNEL_TYPES = 2, /* … that the kernel tells */
	CT_ASSET_RESULT_NO_TYPES = 3, /* there are no types to fit it by */
	CT_ASSET_RESULT_READ_ERROR = 4, /* its file could not be read, or is not what was built */
	CT_ASSET_RESULT_VERIFIER_REJECTED = 5,
	CT_ASSET_RESULT_LOADER_ERROR = 6, /* anything else, a refused attachment too */
	CT_ASSET_RESULT_REMOTE_TYPES = 7, /* loaded, fitted by types from a remote configuration */
};

struct ct_asset {
	__u8 result; /* enum ct_asset_result */
	char name[63]; /* zeros behind it */
};

/* Units that were given on before facts that they needed: no source had vouched for those in time. */
struct ct_unordered {
	__u32 feature; /* enum ct_feature */
	__u32 units;
};

#ifdef __cplusplus
#define _Static_assert static_assert /* C++ spells it so */
#endif
_Static_assert(sizeof(struct ct_frame) == 24, "a frame's head is 24 bytes, so that payloads stay 8-byte aligned");
_Static_assert(sizeof(struct ct_selftest) == 48, "ct_selftest has no padding");
_Static_assert(sizeof(struct ct_account) == 72 + 8 * (CT_LOST + CT_NOTES), "ct_account has no padding");

#endif

// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * Every wire type in one object, for scripts/generate-layout.mjs, which reads its BTF and writes src/frames/layout.gen.ts. Never
 * loaded, never shipped. The real programs cannot serve: clang keeps in an object's BTF only the types it uses, so that no single
 * program holds them all, and the frame types are not used in the kernel at all.
 */
#include "records.h"
#include "frames.h"

/* BTF names #define constants nowhere, so the ones TypeScript needs are enumerators here. */
enum ct_constants {
	CT_CONST_IPV4 = CT_IPV4,
	CT_CONST_IPV6 = CT_IPV6,
	CT_CONST_TCP = CT_TCP,
	CT_CONST_UDP = CT_UDP,
	CT_CONST_COMM_LENGTH = CT_COMM_LEN,
	CT_CONST_MIN_RTT_UNKNOWN = CT_MIN_RTT_UNKNOWN,
	CT_CONST_PAGE = CT_PAGE,
	CT_CONST_BATCH_CAPACITY = CT_BATCH_CAPACITY,
	CT_CONST_FRAME_PAD = CT_FRAME_PAD,
};

struct ct_layout {
	struct ct_conn conn;
	struct ct_counters counters;
	struct ct_batch batch;
	struct ct_single single;
	struct ct_frame frame;
	struct ct_snapshot_mark snapshot_mark;
	struct ct_clock clock;
	struct ct_reader_counters reader_counters;
	struct ct_flush flush;
	struct ct_selftest selftest;
	enum ct_direction direction;
	enum ct_state state;
	enum ct_owner_source owner_source;
	enum ct_end end;
	enum ct_unknown unknown;
	enum ct_observed_from observed_from;
	enum ct_frame_kind frame_kind;
	enum ct_hook_group hook_group;
	enum ct_constants constants;
};

struct ct_layout layout;

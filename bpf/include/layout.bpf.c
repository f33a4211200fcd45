// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * The wire types that all features share, for scripts/generate-layout.mjs. Never loaded, never shipped. enum ct_feature is not among them:
 * each feature's layout has its own number, so that another feature more is no other layout.
 */
#include "frame.h"

/* BTF names #define constants nowhere, so the ones TypeScript needs are enumerators here. */
enum ct_constants {
	CT_CONST_FRAME_PAD = CT_FRAME_PAD,
	CT_CONST_PUMP = CT_SOURCE_PUMP,
	CT_CONST_LOST_PLACES = CT_LOST,
	CT_CONST_NOTE_PLACES = CT_NOTES,
};

struct ct_layout {
	struct ct_frame frame;
	struct ct_event event;
	struct ct_clock clock;
	struct ct_flush flush;
	struct ct_selftest selftest;
	struct ct_account account;
	struct ct_mark mark;
	struct ct_hooks hooks;
	struct ct_asset asset;
	struct ct_unordered unordered;
	enum ct_core_kind core_kind;
	enum ct_hook_state hook_state;
	enum ct_asset_result asset_result;
	enum ct_constants constants;
};

struct ct_layout layout;

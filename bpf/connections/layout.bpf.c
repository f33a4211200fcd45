// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * The wire types of connections in one object, for scripts/generate-layout.mjs. Never loaded, never shipped: clang keeps in an object's BTF
 * only the types it uses, so that no single program holds them all.
 */
#include "frames.h"

/* BTF names #define constants nowhere, so the ones TypeScript needs are enumerators here. */
enum ct_constants {
	CT_CONST_FEATURE = CT_FEATURE_CONNECTIONS,
	CT_CONST_IPV4 = CT_IPV4,
	CT_CONST_IPV6 = CT_IPV6,
	CT_CONST_TCP = CT_TCP,
	CT_CONST_UDP = CT_UDP,
	CT_CONST_COMM_LENGTH = CT_COMM_LEN,
	CT_CONST_MIN_RTT_UNKNOWN = CT_MIN_RTT_UNKNOWN,
	CT_CONST_PAGE = CT_PAGE,
	CT_CONST_BATCH_CAPACITY = CT_BATCH_CAPACITY,
};

struct ct_layout {
	struct ct_conn conn;
	struct ct_counters counters;
	struct ct_batch batch;
	struct ct_single single;
	struct ct_snapshot_mark snapshot_mark;
	enum ct_direction direction;
	enum ct_state state;
	enum ct_owner_source owner_source;
	enum ct_end end;
	enum ct_unknown unknown;
	enum ct_observed_from observed_from;
	enum ct_connections_kind kind;
	enum ct_connections_group hook_group;
	enum ct_connections_lost lost;
	enum ct_connections_note note;
	enum ct_constants constants;
};

struct ct_layout layout;

// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
#include "frames.h"

enum ct_constants {
	CT_CONST_NAME_LENGTH = CT_OOM_KILL_NAME_LEN,
	CT_CONST_FEATURE = CT_FEATURE_OOM_KILL,
};

struct ct_layout {
	struct ct_oom_kill oom_kill;
	enum ct_oom_kill_kind kind;
	enum ct_oom_kill_group group;
	enum ct_oom_kill_lost lost;
	enum ct_oom_kill_note note;
	enum ct_oom_kill_known known;
	enum ct_oom_kill_scope scope;
	enum ct_oom_kill_source source;
	enum ct_constants constants;
};

struct ct_layout layout;

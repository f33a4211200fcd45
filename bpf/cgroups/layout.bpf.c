// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
#include "cgroup_path.h"

enum ct_constants {
	CT_CONST_NAMES_LENGTH = CT_CGROUP_NAMES,
};

struct ct_layout {
	struct ct_cgroup_path cgroup_path;
	enum ct_constants constants;
};

struct ct_layout layout;

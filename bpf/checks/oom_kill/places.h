/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The paths of a kill, while they are walked. A global function takes numbers alone on every kernel (pointers to memory: since 5.12), so what it
 * walks and what it finds is here. One of each is enough: marks are made under oom_lock (mm/oom_kill.c: mark_oom_victim).
 */
#ifndef CONNTRAIL_OOM_KILL_PLACES_H
#define CONNTRAIL_OOM_KILL_PLACES_H

#include "cgroup_walk.h"

enum ct_oom_role {
	CT_OOM_ROLE_MEMORY, /* had no room left */
	CT_OOM_ROLE_VICTIM,
	CT_OOM_ROLE_TRIGGER,
	CT_OOM_ROLES,
};

struct ct_oom_place {
	__u64 cgroup; /* struct cgroup *; 0: nowhere */
	struct ct_cgroup_path path;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_OOM_ROLES);
	__type(key, __u32);
	__type(value, struct ct_oom_place);
} oom_places SEC(".maps");

static __always_inline struct ct_oom_place *ct_oom_place(__u32 role)
{
	return bpf_map_lookup_elem(&oom_places, &role);
}

static __always_inline void ct_oom_walk(__u32 role)
{
	struct ct_oom_place *place = ct_oom_place(role);

	if (place)
		ct_cgroup_path((struct cgroup *)place->cgroup, &place->path);
}

#endif

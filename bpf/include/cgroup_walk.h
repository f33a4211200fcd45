/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * From a task to its cgroup, and from there up to the root, name by name. For programs of every type that run in process context or under
 * RCU, on every kernel since 5.10.
 */
#ifndef CONNTRAIL_CGROUP_WALK_H
#define CONNTRAIL_CGROUP_WALK_H

#include "cgroup_path.h"
#include "kernel_view.h"

/* Most words of eight bytes that are read for one path: names of all lengths, until their room is full. */
#define CT_CGROUP_WORDS 64

/* Until 6.14, then renamed (741c10b096bc, 6.15). */
struct kernfs_node___parent {
	struct kernfs_node *parent;
} __attribute__((preserve_access_index));
struct kernfs_node___rcu_parent {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *ct_kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___rcu_parent *renamed = (void *)node;

	if (bpf_core_field_exists(renamed->__parent))
		return ct_seen(renamed, __parent);
	return ct_seen((struct kernfs_node___parent *)node, parent);
}

/* The first byte of a word that is NUL, as what keeps all bytes below it; 0: it is the first; all ones: there is none. */
static __always_inline __u64 ct_before_nul(__u64 word)
{
	__u64 nul = (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;

	return nul ? ((nul & -nul) - 1) >> 7 : ~0ULL;
}

/* How many bytes it keeps, where it does not keep all. */
static __always_inline __u32 ct_kept(__u64 keep)
{
	return ((keep & 0x0101010101010101ULL) * 0x0101010101010101ULL) >> 56;
}

/* The names of a path whose bytes are zero. Hidden, not static: clang would leave out the result, and old verifiers want one. */
__hidden __noinline int ct_cgroup_names(struct kernfs_node *own, struct ct_cgroup_path *path)
{
	struct kernfs_node *node = ct_view(struct kernfs_node, own);
	struct kernfs_node *parent = 0;
	const char *name = 0;
	__u32 at = 0;

	for (int i = 0; i < CT_CGROUP_WORDS; i++) {
		__u64 word, keep;

		if (!name) {
			parent = ct_kernfs_parent(node);
			/* The root has none, and no name that anybody sees. */
			if (!parent)
				return 0;
			name = ct_seen(node, name);
		}
		barrier_var(at);
		if (at > CT_CGROUP_NAMES - sizeof(word))
			break;
		word = ct_word_at(name);
		keep = ct_before_nul(word);
		*(__u64 *)(path->names + at) = word & keep;
		if (keep != ~0ULL) {
			at += ct_kept(keep) + 1;
			path->length = at;
			node = ct_view(struct kernfs_node, parent);
			name = 0;
		} else {
			at += sizeof(word);
			name += sizeof(word);
		}
	}
	path->cut = 1;
	return 0;
}

/* Where a cgroup is; null: none is known. Every byte is written. */
static __always_inline void ct_cgroup_path(struct cgroup *cgroup, struct ct_cgroup_path *path)
{
	struct kernfs_node *node = ct_seen(ct_view(struct cgroup, cgroup), kn);

	__builtin_memset(path, 0, sizeof(*path));
	if (!node)
		return;
	path->id = ct_seen(ct_view(struct kernfs_node, node), id);
	ct_cgroup_names(node, path);
}

/*
 * The cgroup that a task's memory is limited in, or, where memory is of the v2 hierarchy, its own one there: below the next one that limits
 * memory there may be others. Null where nothing may be read.
 */
static __always_inline struct cgroup *ct_cgroup_of(struct task_struct *task)
{
	struct css_set *set = ct_view(struct css_set, ct_seen(ct_view(struct task_struct, task), cgroups));
	struct cgroup *unified = ct_seen(set, dfl_cgrp);
	struct cgroup_subsys_state *memory;
	struct cgroup *limited;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return unified;
	memory = ct_seen(set, subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)]);
	limited = ct_seen(ct_view(struct cgroup_subsys_state, memory), cgroup);
	if (!limited ||
	    ct_seen(ct_view(struct cgroup, limited), root) == ct_seen(ct_view(struct cgroup, unified), root))
		return unified;
	return limited;
}

#endif

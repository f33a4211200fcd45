/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The place of a cgroup in its hierarchy, as it is on the wire. cgroup_walk.h writes it; src/cgroups makes text of it.
 */
#ifndef CONNTRAIL_CGROUP_PATH_H
#define CONNTRAIL_CGROUP_PATH_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define CT_CGROUP_NAMES \
	384 /* room for a pod inside of a container: eight levels, two of them with an id of 64 digits */

struct ct_cgroup_path {
	__u64 id; /* of its kernfs node: the inode number of its directory; 0 = no cgroup is known */
	__u32 length; /* bytes of names; 0 in the root */
	__u32 cut; /* 1: names nearer to the root are missing: there was no room, or they may not be read */
	char names[CT_CGROUP_NAMES]; /* from its own up to the one below the root, each ended by a NUL; zeros behind */
};

#ifdef __cplusplus
#define _Static_assert static_assert /* C++ spells it so */
#endif
_Static_assert(sizeof(struct ct_cgroup_path) == 16 + CT_CGROUP_NAMES, "ct_cgroup_path has no padding");

#endif

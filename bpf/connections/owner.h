/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The process behind a socket. Only ever taken from process context: see each caller.
 */
#ifndef CONNTRAIL_OWNER_H
#define CONNTRAIL_OWNER_H

#include "maps.h"

/* comm of the thread group leader: a thread's own name is not the process's. */
#define ct_own(target, task, source)                                            \
	do {                                                                    \
		struct task_struct *ct_leader = ct_of_task(task, group_leader); \
		(target)->pid = ct_of_task(task, tgid);                         \
		ct_copy_of_task((target)->comm, ct_leader, comm);               \
		(target)->owner_source = (source);                              \
	} while (0)

/* A kernel thread works for somebody else (the MPTCP worker closes subflows): it is never named. */
#define ct_own_current(target, source)                             \
	do {                                                       \
		struct task_struct *ct_task = ct_current();        \
		if (ct_of_task(ct_task, flags) & CT_PF_KTHREAD)    \
			break;                                     \
		ct_own(target, ct_task, source);                   \
		(target)->uid = (__u32)bpf_get_current_uid_gid();  \
		(target)->cgroup_id = bpf_get_current_cgroup_id(); \
	} while (0)

#endif

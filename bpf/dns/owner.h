/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The process behind a socket that speaks DNS: kept with the socket, written in the context of the process alone.
 */
#ifndef CONNTRAIL_DNS_OWNER_H
#define CONNTRAIL_DNS_OWNER_H

#include "kernel_view.h"

#include "frames.h"

struct ct_dns_owner {
	struct bpf_spin_lock lock;
	__u32 pid;
	__u64 start_ns;
	__u64 cgroup_id;
	__u32 uid;
	__u8 source; /* enum ct_dns_owner_source */
	__u8 reserved[3];
	char comm[CT_DNS_COMM_LEN];
};

/* Accepted sockets begin with what their listener has. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct ct_dns_owner);
} dns_owners SEC(".maps");

/* Two threads of a process, or two processes, may use one socket at once: what is kept is of one of them. */
static __always_inline void ct_dns_own(struct ct_dns_owner *owner, struct task_struct *task, __u8 source)
{
	struct task_struct *leader = task->group_leader;
	__u64 start_ns = leader->start_boottime;
	__u64 cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	__u32 uid = task->real_cred->uid.val;
	__u32 pid = task->tgid;
	__u64 comm[2];

	__builtin_memcpy(comm, leader->comm, sizeof(comm));
	bpf_spin_lock(&owner->lock);
	owner->pid = pid;
	owner->uid = uid;
	owner->start_ns = start_ns;
	owner->cgroup_id = cgroup_id;
	owner->source = source;
	__builtin_memcpy(owner->comm, comm, sizeof(comm));
	bpf_spin_unlock(&owner->lock);
}

static __always_inline bool ct_dns_is_of(const struct ct_dns_owner *owner, struct task_struct *task, __u8 source)
{
	return owner->pid == (__u32)task->tgid && owner->source >= source &&
	       owner->start_ns == task->group_leader->start_boottime;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Owners of MPTCP connections. An application holds and uses the connection's own socket (protocol 262, the "msk"), which the kernel spreads over
 * TCP sockets that no process ever holds (subflows): records are of the subflows, their owner is the msk's.
 */
#ifndef CONNTRAIL_MPTCP_H
#define CONNTRAIL_MPTCP_H

#include "owner.h"
#include "reads.h"

#define CT_MPTCP 262 /* IPPROTO_MPTCP; sk_protocol holds 16 bits since bf9765145b85 (5.6) */

/* Only as far as they are read: a kernel without CONFIG_MPTCP has none of this in its BTF. */
struct tcp_sock___mptcp {
	bool is_mptcp;
} __attribute__((preserve_access_index));

struct mptcp_subflow_context___ct {
	struct sock *conn; /* the msk; NULL once it is gone */
} __attribute__((preserve_access_index));

struct ct_mptcp_owner {
	__u64 cgroup_id;
	__u32 pid;
	__u32 uid;
	char comm[CT_COMM_LEN];
	__u8 owner_source;
	__u8 reserved[7];
};

/*
 * By the address of the msk, since an accepted one has its listener's cookie, if that has one (sk_clone_lock). The address may be another's
 * later: what was kept of the one before ends when an msk begins (ct_mptcp_begins). LRU: the end has no hook.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct ct_mptcp_owner);
} mptcp_owners SEC(".maps");

static __always_inline void ct_mptcp_begins(struct sock *msk)
{
	__u64 key = (__u64)msk;

	bpf_map_delete_elem(&mptcp_owners, &key);
}

/* A better source replaces a lesser one, as for TCP; of equal ones the first stays. */
static __always_inline bool ct_mptcp_known(__u64 key, __u8 source)
{
	struct ct_mptcp_owner *known = bpf_map_lookup_elem(&mptcp_owners, &key);

	return known && known->owner_source >= source;
}

/* The current process uses this msk. */
static __always_inline void ct_mptcp_used(struct sock *msk, __u8 source)
{
	struct ct_mptcp_owner owner = {};
	__u64 key = (__u64)msk;

	if (ct_mptcp_known(key, source))
		return;
	ct_own_current(&owner, source);
	if (owner.owner_source)
		bpf_map_update_elem(&mptcp_owners, &key, &owner, BPF_ANY);
}

/* Names the owner of the msk as that of its subflow, unless the subflow knows as much of itself. */
static __always_inline void ct_own_by_mptcp(struct ct_conn *r, struct tcp_sock *tp)
{
	struct mptcp_subflow_context___ct *subflow;
	struct ct_mptcp_owner *owner;
	__u64 key;

	if (r->owner_source >= CT_OWNER_FIRST_IO || !bpf_core_type_exists(struct mptcp_subflow_context___ct) ||
	    !((struct tcp_sock___mptcp *)tp)->is_mptcp)
		return;
	/* Not bpf_skc_to_mptcp_sock (3bc253c2e652, 5.19), which does not load where CONFIG_MPTCP is off. */
	subflow = tp->inet_conn.icsk_ulp_data;
	if (bpf_ksym_exists(bpf_rdonly_cast)) {
		subflow = bpf_rdonly_cast(subflow, bpf_core_type_id_kernel(struct mptcp_subflow_context___ct));
		key = (__u64)subflow->conn;
	} else {
		key = ct_may_read ? (__u64)BPF_CORE_READ(subflow, conn) : 0;
	}
	owner = key ? bpf_map_lookup_elem(&mptcp_owners, &key) : NULL;
	if (!owner || owner->owner_source < r->owner_source)
		return;
	r->pid = owner->pid;
	r->uid = owner->uid;
	r->cgroup_id = owner->cgroup_id;
	__builtin_memcpy(r->comm, owner->comm, CT_COMM_LEN);
	r->owner_source = owner->owner_source;
}

#endif

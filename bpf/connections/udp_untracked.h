/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * UDP sockets for which the kernel refuses storage: out of memory, or net.core.optmem_max is used up. Their flows are all in udp_flows; the few
 * words that storage would hold are in udp_untracked.
 */
#ifndef CONNTRAIL_UDP_UNTRACKED_H
#define CONNTRAIL_UDP_UNTRACKED_H

#include "count.h"
#include "udp_maps.h"

static __always_inline void ct_count_untracked(void)
{
	struct ct_batch *b = ct_this_batch();

	if (b)
		ct_count(b, untracked);
}

/* The entry of such a socket, which counts it when it is new; NULL when there is no room for that either. */
static __always_inline struct ct_udp_untracked *ct_untracked(struct ct_control *c, __u64 cookie)
{
	struct ct_udp_untracked *known = bpf_map_lookup_elem(&udp_untracked, &cookie);
	struct ct_udp_untracked fresh = {};
	long error;

	if (known)
		return known;
	__sync_fetch_and_add(&c->udp_untracked, 1);
	error = bpf_map_update_elem(&udp_untracked, &cookie, &fresh, BPF_NOEXIST);
	if (error)
		__sync_fetch_and_add(&c->udp_untracked, -1);
	if (error != -CT_EEXIST)
		ct_count_untracked();
	return bpf_map_lookup_elem(&udp_untracked, &cookie);
}

/*
 * Generations of such a socket's flows, apart from those it counts itself should it get storage later. Without an entry the time keeps them
 * apart, and nobody will know that the socket closed.
 */
static __always_inline __u32 ct_untracked_generation(struct ct_control *c, __u64 cookie)
{
	struct ct_udp_untracked *known = ct_untracked(c, cookie);

	if (known)
		return CT_GENERATION_UNTRACKED | (__sync_fetch_and_add(&known->generation, 1) + 1);
	__sync_fetch_and_add(&c->udp_unended, 1);
	return CT_GENERATION_UNTRACKED | (__u32)(bpf_ktime_get_boot_ns() >> 10);
}

static __always_inline bool ct_any_untracked(const struct ct_control *c)
{
	return *(const volatile __u64 *)&c->udp_untracked;
}

/* Whether a socket that has got storage had none before. */
static __always_inline bool ct_untracked_before(__u64 cookie)
{
	struct ct_control *c = ct_control();

	return c && ct_any_untracked(c) && bpf_map_lookup_elem(&udp_untracked, &cookie);
}

/* The socket is gone; returns how many flows it made without storage. */
static __always_inline __u32 ct_untracked_forget(struct ct_control *c, __u64 cookie)
{
	struct ct_udp_untracked *known = ct_any_untracked(c) ? bpf_map_lookup_elem(&udp_untracked, &cookie) : NULL;
	__u32 flows;

	if (!known)
		return 0;
	flows = known->generation;
	if (!bpf_map_delete_elem(&udp_untracked, &cookie))
		__sync_fetch_and_add(&c->udp_untracked, -1);
	return flows;
}

#endif

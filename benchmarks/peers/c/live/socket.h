// SPDX-License-Identifier: GPL-2.0
/* What every record holds: its owner and its two ends. */
#pragma once

#include <bpf/bpf_endian.h>

#include "maps.h"

static __always_inline void set_owner(struct ct_conn *c, __u8 source)
{
	struct task_struct *task = bpf_get_current_task_btf();

	c->pid = task->tgid;
	c->uid = bpf_get_current_uid_gid();
	c->cgroup_id = bpf_get_current_cgroup_id();
	__builtin_memcpy(c->comm, task->group_leader->comm, CT_COMM_LEN);
	c->owner_source = source;
}

static __always_inline __u8 set_address(__u8 *target, const __u32 *words, __u32 v4, bool six)
{
	bool mapped = six && !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
	__u32 *out = (__u32 *)target;

	if (six && !mapped) {
		out[0] = words[0];
		out[1] = words[1];
		out[2] = words[2];
		out[3] = words[3];
		return CT_IPV6;
	}
	out[0] = mapped ? words[3] : v4;
	out[1] = out[2] = out[3] = 0;
	return CT_IPV4;
}

static __always_inline void set_ends(struct ct_conn *c, struct sock *sk)
{
	bool six = sk->__sk_common.skc_family == CT_IPV6;
	struct net *net = sk->__sk_common.skc_net.net;

	c->cookie = bpf_get_socket_cookie(sk);
	c->netns_cookie = net->net_cookie;
	c->netns_inode = net->ns.inum;
	set_address(c->local_address, sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32, sk->__sk_common.skc_rcv_saddr,
		    six);
	c->family = set_address(c->remote_address, sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32,
				sk->__sk_common.skc_daddr, six);
}

static __always_inline void emit(const struct ct_conn *c)
{
	struct ct_single *single = bpf_ringbuf_reserve(&events, sizeof(*single), 0);

	if (!single) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	single->cpu = bpf_get_smp_processor_id();
	single->reserved = 0;
	single->record = *c;
	bpf_ringbuf_submit(single, BPF_RB_NO_WAKEUP);
}

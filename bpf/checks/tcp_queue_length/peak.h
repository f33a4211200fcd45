/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * One look at a queue of a socket: how full it is, and who has it when that is more than before. With CT_BY_READS everything is read by
 * helpers: in kprobes, which have pointers without types, and where the kernel lacks what hands out typed ones.
 */
#ifndef CONNTRAIL_TCP_QUEUE_LENGTH_PEAK_H
#define CONNTRAIL_TCP_QUEUE_LENGTH_PEAK_H

#include "compat.h"

#include <bpf/bpf_endian.h>

#include "frames.h"

#define CT_PROTOCOL_TCP 6

#ifdef CT_BY_READS
#define ct_field(pointer, ...) BPF_CORE_READ(pointer, __VA_ARGS__)
#else
#define ct_arrow_1(p, a) ((p)->a)
#define ct_arrow_2(p, a, b) ((p)->a->b)
#define ct_arrow_3(p, a, b, c) ((p)->a->b->c)
#define ct_arrow_of(_1, _2, _3, name, ...) name
#define ct_field(pointer, ...) ct_arrow_of(__VA_ARGS__, ct_arrow_3, ct_arrow_2, ct_arrow_1)(pointer, __VA_ARGS__)
#endif

/* As ct_cgroup_of (cgroup_walk.h), by as few loads as there are: each call pays for it. */
static __always_inline struct cgroup *ct_queue_cgroup(struct task_struct *task)
{
	struct css_set *set = ct_field(task, cgroups);
	struct cgroup *unified = ct_field(set, dfl_cgrp);
	struct cgroup_subsys_state *memory;
	struct cgroup *limited;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return unified;
#ifdef CT_BY_READS
	memory = NULL;
	bpf_core_read(&memory, sizeof(memory),
		      &set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)]);
#else
	memory = set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)];
#endif
	limited = ct_field(memory, cgroup);
	return limited && ct_field(limited, root) != ct_field(unified, root) ? limited : unified;
}

static __always_inline void ct_peak_v4(__u8 *target, __u32 address)
{
	__u32 *words = (__u32 *)target;

	words[0] = address;
	words[1] = words[2] = words[3] = 0;
}

/* The family of the address as it is told: a mapped one is IPv4. */
static __always_inline __u8 ct_peak_v6(__u8 *target, const __u32 *from)
{
	bool mapped = !from[0] && !from[1] && from[2] == bpf_htonl(0xffff);
	__u32 *words = (__u32 *)target;

	words[0] = mapped ? from[3] : from[0];
	words[1] = mapped ? 0 : from[1];
	words[2] = mapped ? 0 : from[2];
	words[3] = mapped ? 0 : from[3];
	return mapped ? CT_TCP_QUEUE_INET : CT_TCP_QUEUE_INET6;
}

static __always_inline void ct_peak_addresses(struct ct_tcp_queue_peak *peak, struct sock *sk)
{
	__u32 local[4], remote[4];

	if (ct_field(sk, __sk_common.skc_family) == CT_TCP_QUEUE_INET) {
		ct_peak_v4(peak->local_address, ct_field(sk, __sk_common.skc_rcv_saddr));
		ct_peak_v4(peak->remote_address, ct_field(sk, __sk_common.skc_daddr));
		peak->family = CT_TCP_QUEUE_INET;
		return;
	}
#ifdef CT_BY_READS
	bpf_core_read(local, sizeof(local), &sk->__sk_common.skc_v6_rcv_saddr);
	bpf_core_read(remote, sizeof(remote), &sk->__sk_common.skc_v6_daddr);
#else
	__builtin_memcpy(local, &sk->__sk_common.skc_v6_rcv_saddr, sizeof(local));
	__builtin_memcpy(remote, &sk->__sk_common.skc_v6_daddr, sizeof(remote));
#endif
	ct_peak_v6(peak->remote_address, remote);
	peak->family = ct_peak_v6(peak->local_address, local);
}

#ifdef CT_BY_READS
/* Before 5.12: drawn when somebody asks for it. */
struct net___atomic {
	struct {
		__s64 counter;
	} net_cookie;
} __attribute__((preserve_access_index));

static __always_inline __u64 ct_peak_netns_cookie(struct net *net)
{
	struct net___atomic *atomic = (void *)net;

	if (bpf_core_field_exists(atomic->net_cookie.counter))
		return BPF_CORE_READ(atomic, net_cookie.counter);
	return bpf_core_field_exists(net->net_cookie) ? BPF_CORE_READ(net, net_cookie) : 0;
}
#else
static __always_inline __u64 ct_peak_netns_cookie(struct net *net)
{
	return net->net_cookie;
}
#endif

/* Whose it is: only when it is fuller than any before, so seldom. */
static __always_inline void ct_peak_describe(struct ct_tcp_queue_peak *peak, struct task_struct *task, struct sock *sk)
{
	struct task_struct *leader = ct_field(task, group_leader);
	struct net *net = ct_field(sk, __sk_common.skc_net.net);

	peak->boot_ns = bpf_ktime_get_boot_ns();
	peak->netns_cookie = ct_peak_netns_cookie(net);
	peak->netns_inode = ct_field(net, ns.inum);
	peak->cookie = ct_field(sk, __sk_common.skc_cookie.counter);
	peak->pid = ct_field(task, tgid);
	peak->local_port = ct_field(sk, __sk_common.skc_num);
	peak->remote_port = bpf_ntohs(ct_field(sk, __sk_common.skc_dport));
#ifdef CT_BY_READS
	bpf_core_read(peak->comm, sizeof(peak->comm), &leader->comm);
#else
	__builtin_memcpy(peak->comm, leader->comm, sizeof(peak->comm));
#endif
	ct_peak_addresses(peak, sk);
}

static __always_inline void ct_peak_look(struct ct_tcp_queue_peak *peak, struct task_struct *task, struct sock *sk,
					 __u32 queued, __u32 limit)
{
	__u64 thousandfold = (__u64)queued * 1000; /* in 64 bits: of 4.3 MB it is beyond 32 */
	__u64 permille;

	peak->samples++;
	/* Without a division, which would cost as much as the rest: whether it is a ‰ more. */
	if (!queued || (peak->queued && thousandfold < ((__u64)peak->permille + 1) * limit))
		return;
	permille = thousandfold / (limit ? limit : 1);
	if (permille > ~0U)
		permille = ~0U;
	if (peak->queued && permille <= peak->permille)
		return;
	peak->permille = permille;
	peak->queued = queued;
	peak->limit = limit;
	ct_peak_describe(peak, task, sk);
}

/* Sockets that have queues; those that are closed may hold numbers of what was. */
static __always_inline bool ct_has_queues(__u8 state)
{
	return state != TCP_CLOSE && state != TCP_LISTEN;
}

#ifdef CT_BY_READS
static __always_inline struct tcp_sock *ct_tcp(struct sock *sk)
{
	return (struct tcp_sock *)sk;
}
#else
static __always_inline struct tcp_sock *ct_tcp(struct sock *sk)
{
	/* Costs nothing, where there is it; that it is a TCP socket is known. */
	if (bpf_ksym_exists(bpf_rdonly_cast))
		return bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct tcp_sock));
	return bpf_skc_to_tcp_sock(sk);
}
#endif

/* Bytes that wait to be read; sequence numbers wrap, so their difference is what counts. */
static __always_inline __u32 ct_received(struct tcp_sock *tp)
{
	__s32 bytes = (__s32)(ct_field(tp, rcv_nxt) - ct_field(tp, copied_seq));

	return bytes > 0 ? bytes : 0;
}

/* Bytes that were written and are not acknowledged, sent or not. */
static __always_inline __u32 ct_unacknowledged(struct tcp_sock *tp)
{
	__s32 bytes = (__s32)(ct_field(tp, write_seq) - ct_field(tp, snd_una));

	return bytes > 0 ? bytes : 0;
}

#endif

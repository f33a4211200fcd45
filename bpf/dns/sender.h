/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Whether the current task is the one whose packet leaves. As a rule it is: UDP, and TCP within a call, leave in the context of the sender. But
 * what waited for something (a retransmission, netfilter's queue, the end of an encryption) leaves in anybody's, so it takes a proof: the task
 * holds a descriptor of that very socket.
 */
#ifndef CONNTRAIL_DNS_SENDER_H
#define CONNTRAIL_DNS_SENDER_H

#include "owner.h"

static __always_inline struct sock *ct_sock_of(struct __sk_buff *skb)
{
	return ct_view(struct sock, ct_seen(ct_view(struct sk_buff, skb), sk));
}

/* Descriptors that are looked at, from 0, beside the one that was opened last. Who sends by a higher one is as the socket has it. */
#define CT_HELD 256

struct ct_held {
	__u64 file; /* the socket's */
	__u64 table; /* address of the descriptors' files */
	__u32 count;
	__u32 found;
};

/* Whether that was the last one to look at. */
static __always_inline bool ct_holds_at(__u32 i, struct ct_held *held)
{
	if (i >= held->count)
		return true;
	held->found = ct_word_at((void *)(held->table + i * sizeof(__u64))) == held->file;
	return held->found;
}

static __always_inline bool ct_holds(struct task_struct *task, __u64 file)
{
	struct ct_held held = {.file = file};
	struct files_struct *files = ct_view(struct files_struct, task->files);
	struct fdtable *table = ct_view(struct fdtable, ct_seen(files, fdt));
	__u32 next = ct_seen(files, next_fd) - 1;

	held.table = (__u64)ct_seen(table, fd);
	held.count = ct_seen(table, max_fds);
	/* The lowest free number is given out: what was opened last is before it. */
	if (next < held.count)
		ct_holds_at(next, &held);
	if (held.found)
		return true;
	for (__u32 i = 0; i < CT_HELD; i++)
		if (ct_holds_at(i, &held))
			break;
	return held.found;
}

/*
 * Whether the current task sends this packet. TCP sends within a call only while the caller has the socket locked (lock_sock);
 * all else of TCP is in softirq, which leaves a locked socket alone. Verified by itself.
 */
__noinline int ct_is_sender(struct __sk_buff *skb, __u32 protocol)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sock *sk = ct_sock_of(skb);
	struct socket *socket;
	__u64 file;

	if (!ct_can_see() || !sk || (task->flags & CT_PF_KTHREAD) || !task->files)
		return 0;
	if (protocol == CT_DNS_TCP && !ct_seen(sk, sk_lock.owned))
		return 0;
	socket = ct_view(struct socket, ct_seen(sk, sk_socket));
	file = socket ? (__u64)ct_seen(socket, file) : 0;
	return file && ct_holds(task, file);
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What a send or receive was asked for: read from the caller's registers and memory after the call, for those few things that no argument
 * of a hook carries. x86-64 (check-host.ts refuses other machines).
 */
#ifndef CONNTRAIL_USER_CALL_H
#define CONNTRAIL_USER_CALL_H

#include "maps.h"
#include "reads.h"

#define CT_NR_WRITE 1 /* arch/x86/entry/syscalls/syscall_64.tbl */
#define CT_NR_WRITEV 20
#define CT_NR_SENDTO 44
#define CT_NR_RECVFROM 45
#define CT_NR_SENDMSG 46
#define CT_NR_RECVMSG 47
#define CT_NR_SENDMMSG 307

#define CT_CONTROLS 4 /* control messages looked through */
#define CT_VECTORS 8 /* buffers added up */
#define CT_WORD 8

/*
 * Above this, a send of which nothing can be asked may have been segmentation: smaller ones need none on any path (RFC 8200 §5, less the IPv6
 * and UDP headers).
 */
#define CT_SURELY_ONE 1232

static __always_inline struct pt_regs *ct_call(long *number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs;

	/* io_uring's workers and kernel threads are in no system call. */
	if (task->flags & (CT_PF_KTHREAD | CT_PF_IO_WORKER | CT_PF_USER_WORKER))
		return NULL;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	*number = regs->orig_ax;
	return regs;
}

struct ct_control_message {
	__u64 len;
	__u32 level;
	__u32 type;
	__u16 value;
};

/* UDP_SEGMENT among the control messages; 0: not there; -1: not to be read. */
static __always_inline int ct_segment_of(const struct user_msghdr *header)
{
	__u64 at = (__u64)header->msg_control;
	__u64 left = header->msg_controllen;
	struct ct_control_message message = {};
	int i;

	for (i = 0; i < CT_CONTROLS; i++) {
		if (left < 16)
			return 0;
		if (bpf_probe_read_user(&message, 16, (void *)at))
			return -1;
		if (message.level == CT_SOL_UDP && message.type == CT_UDP_SEGMENT) {
			if (bpf_probe_read_user(&message.value, sizeof(message.value), (void *)(at + 16)))
				return -1;
			return message.value;
		}
		message.len = (message.len + CT_WORD - 1) & ~(__u64)(CT_WORD - 1);
		if (message.len < 16 || message.len >= left)
			return 0;
		at += message.len;
		left -= message.len;
	}
	return -1;
}

/*
 * Size of the segments that this send asked for by UDP_SEGMENT in a control message (bec1f6f69736, 4.18): 0: none; -1: cannot be known. Of a
 * sendmmsg only the first message is looked at, since nothing tells which one this is: where it has segments, the rest is not known.
 */
static __always_inline int ct_call_segment(int bytes)
{
	struct user_msghdr header;
	long number = 0;
	struct pt_regs *regs = ct_call(&number);
	int segment;

	if (number == CT_NR_SENDTO || number == CT_NR_WRITE || number == CT_NR_WRITEV)
		return 0;
	if (ct_may_read && regs && (number == CT_NR_SENDMSG || number == CT_NR_SENDMMSG)) {
		if (bpf_probe_read_user(&header, sizeof(header), (void *)regs->si))
			return -1;
		segment = header.msg_controllen ? ct_segment_of(&header) : 0;
		return segment > 0 && number == CT_NR_SENDMMSG ? -1 : segment;
	}
	return bytes > CT_SURELY_ONE ? -1 : 0;
}

/* Bytes that this receive had room for; -1: cannot be known. */
static __always_inline __s64 ct_call_room(void)
{
	struct user_msghdr header;
	struct iovec vector;
	long number = 0;
	struct pt_regs *regs = ct_call(&number);
	__s64 room = 0;
	int i;

	if (!regs)
		return -1;
	if (number == CT_NR_RECVFROM)
		return regs->dx;
	if (number != CT_NR_RECVMSG || !ct_may_read || bpf_probe_read_user(&header, sizeof(header), (void *)regs->si))
		return -1;
	for (i = 0; i < CT_VECTORS && i < header.msg_iovlen; i++) {
		if (bpf_probe_read_user(&vector, sizeof(vector), header.msg_iov + i))
			return -1;
		room += vector.iov_len;
	}
	return header.msg_iovlen > CT_VECTORS ? -1 : room;
}

#endif

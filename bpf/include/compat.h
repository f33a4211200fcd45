/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What programs need beside vmlinux.h: numbers of the kernel's ABI, which are macros there, and what not every kernel has. The base is 6.1,
 * the oldest kernel that they are tested with (docs/testing-kernels.md).
 */
#ifndef CONNTRAIL_COMPAT_H
#define CONNTRAIL_COMPAT_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* vmlinux.h carries types, not macros; these are kernel ABI. */
#define CT_MSG_PEEK 0x2 /* include/linux/socket.h */
#define CT_MSG_TRUNC 0x20
#define CT_MSG_ERRQUEUE 0x2000
#define CT_SOL_UDP 17
#define CT_UDP_SEGMENT 103 /* include/uapi/linux/udp.h */
#define CT_UDP_HEADER 8
#define CT_UDP_FLAGS_CORK 0 /* include/linux/udp.h */
#define CT_UDP_FLAGS_GRO_ENABLED 3
#define CT_ORIGIN_LOCAL 1 /* include/uapi/linux/errqueue.h */
#define CT_ORIGIN_ICMP 2
#define CT_ORIGIN_ICMP6 3
#define CT_RCV_SHUTDOWN 1 /* include/net/sock.h */
#define CT_SOCK_BINDPORT_LOCK 8
#define CT_PF_KTHREAD 0x00200000 /* include/linux/sched.h */
#define CT_PF_IO_WORKER 0x00000010
#define CT_PF_USER_WORKER 0x00004000
#define CT_EPERM 1
#define CT_EACCES 13
#define CT_EXIT_DEAD 0x10
#define CT_EPIPE 32
#define CT_EADDRNOTAVAIL 99
#define CT_EPROTO 71
#define CT_EMSGSIZE 90
#define CT_ENOPROTOOPT 92
#define CT_ENETDOWN 100
#define CT_ENETUNREACH 101
#define CT_ECONNABORTED 103
#define CT_ECONNRESET 104
#define CT_ETIMEDOUT 110
#define CT_ECONNREFUSED 111
#define CT_EHOSTDOWN 112
#define CT_EHOSTUNREACH 113
#define CT_EEXIST 17
#define CT_SK_STORAGE_CREATE 1 /* BPF_LOCAL_STORAGE_GET_F_CREATE */

/* Gives memory a type: loads through it cannot fault the kernel (a35b9af4ec2c, 6.2). */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/* Takes a flag no matter which context holds it on this CPU; pairs with ct_release. Preemptible callers make a plain test unsafe. */
#define ct_try_acquire(flag) (__sync_lock_test_and_set((flag), 1) == 0)
#define ct_release(flag) (*(volatile __u32 *)(flag) = 0)

#define ct_barrier() asm volatile("" ::: "memory")

#endif

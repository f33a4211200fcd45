/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What programs need beside vmlinux.h: numbers of the kernel's ABI, which are macros there, and what not every kernel has.
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

/*
 * What kernels differ in, each once; comments elsewhere refer to it (docs/decisions/0018-oldest-kernel.md). Three kinds of objects:
 * - With CT_5_10: of 5.10. It lacks the first list, for which compat_5_10.h has what stands in.
 * - With CT_OLDEST, or without a word: of 5.15. A kernel that lacks something of the second list takes no other.
 * - The rest has all of it.
 * test/kernel/oldest-kernel.test.ts holds the objects of 5.10 and 5.15 to that.
 *
 * Up to 5.15:
 *   5.11  bpf_get_current_task_btf (3ca1032ab7ab); sk_storage in tracing programs (8e4597c627fb); bpf_sock_from_file (4f19cab76136)
 *   5.12  atomics with a result (5ffa25502b5a); bpf_get_socket_cookie in tracing programs (c5dbb89fc2ac); net.net_cookie from the start
 *         (3d368ab87cf6); pointers to memory as arguments of global functions (e5069b9c23b3)
 *   5.13  bpf_for_each_map_elem (69c087ba6225)
 *   5.14  BPF_PROG_TYPE_SYSCALL (79a7f8bdb159); tracepoint inet_sk_error_report (e6a3e4434000)
 *
 * Above:
 *   5.16  bpf_prog_info.verified_insns (aba64c7da983)
 *   5.17  bpf_loop (e6f2dd0f8067)
 *   5.19  bpf_skc_to_mptcp_sock (3bc253c2e652)
 *   6.2   bpf_rdonly_cast (a35b9af4ec2c)
 *   6.3   tracepoints sock_send_length and sock_recv_length (6e6eda44b939)
 *   6.5   sendfile and splice by sendmsg: before, tcp_sendpage and udp_sendpage
 *   6.9   tracepoint mark_victim with the task (72ba14deb40a), in stable kernels too
 *   6.13  programs with a stack of their own: before, 512 bytes for all that call each other (a76ab5731e32)
 *   6.16  bpf_task_storage_get in cgroup programs (ee971630f20f); the cookie of an accepted socket at its first change of state
 *   7.0   programs of tracepoints run with preemption on
 */

/* Gives memory a type: loads through it cannot fault the kernel. */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/* A field behind a pointer that has no type for the verifier where there is no bpf_rdonly_cast. */
#ifdef CT_OLDEST
#define ct_load(pointer, field) BPF_CORE_READ(pointer, field)
#else
#define ct_load(pointer, field) ((pointer)->field)
#endif

#ifdef CT_5_10
#include "compat_5_10.h"
#else
#define CT_GLOBAL
/* Takes a flag no matter which context holds it on this CPU; pairs with ct_release. Preemptible callers make a plain test unsafe. */
#define ct_try_acquire(flag) (__sync_lock_test_and_set((flag), 1) == 0)
/* Whether that was the last one. */
#define ct_count_down(counter) (__sync_fetch_and_add((counter), -1) == 1)
#define ct_current() bpf_get_current_task_btf()
#define ct_of_task(task, field) ((task)->field)
#define ct_copy_of_task(target, task, field) __builtin_memcpy(target, (task)->field, sizeof((task)->field))
#define ct_netns_cookie(net) ct_load(net, net_cookie)
#endif
#define ct_release(flag) (*(volatile __u32 *)(flag) = 0)

#define ct_barrier() asm volatile("" ::: "memory")

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What stands in for features of 5.11 and 5.12 in objects that define CT_5_10. Included by compat.h.
 */
#ifndef CONNTRAIL_COMPAT_5_10_H
#define CONNTRAIL_COMPAT_5_10_H

/* Of functions that are not inlined: global ones take no pointers. */
#define CT_GLOBAL static

/* A plain test: programs of tracepoints run with preemption off there, and whoever interrupts in between has released the flag when it returns. */
#define ct_try_acquire(flag)                               \
	({                                                 \
		bool ct_free = !*(volatile __u32 *)(flag); \
		*(volatile __u32 *)(flag) = 1;             \
		ct_free;                                   \
	})

/* Two CPUs may both find that theirs was the last one. */
#define ct_count_down(counter)                       \
	({                                           \
		__sync_fetch_and_add((counter), -1); \
		!*(volatile __u32 *)(counter);       \
	})

#define ct_current() ((struct task_struct *)bpf_get_current_task())
#define ct_of_task(task, field) BPF_CORE_READ(task, field)
#define ct_copy_of_task(target, task, field) bpf_core_read(target, sizeof((task)->field), &(task)->field)

/* Drawn when somebody asks for it (cookies.bpf.c). */
struct net___5_10 {
	struct {
		__s64 counter;
	} net_cookie;
} __attribute__((preserve_access_index));
#define ct_netns_cookie(net) (((struct net___5_10 *)(net))->net_cookie.counter)

#endif

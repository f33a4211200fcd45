// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * A feature for tests only: a fact about each TCP socket before it closes, by the ring of facts, and as many copies of it as asked for, to
 * flood the ring.
 */
#include "vmlinux.h"

#include "compat.h"
#include "facts.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_FEATURE_PROBE 0x7e
#define CT_TCP_ESTABLISHED 1
#define CT_TCP_FIN_WAIT1 4
#define CT_TCP_CLOSE_WAIT 8

/* What the fact tells of a cookie, so that a wrong join is seen. */
#define CT_PROBE_FACTOR 2654435761U

struct ct_probe_fact {
	struct ct_event event;
	__u64 cookie;
	__u64 value;
};

const volatile __u32 ct_probe_copies = 1;

CT_EVENT_COUNTERS(probe_counters);

static int tell(struct sock *sk)
{
	__u64 cookie = bpf_get_socket_cookie(sk);

	for (__u32 i = 0; i < ct_probe_copies && i < 1024; i++) {
		struct ct_probe_fact *fact =
			ct_event_reserve(facts, probe_counters, CT_KIND(CT_FEATURE_PROBE, 1), struct ct_probe_fact, 0);
		if (!fact)
			continue;
		fact->cookie = cookie;
		fact->value = (__u32)((__u32)cookie * CT_PROBE_FACTOR);
		ct_event_submit(probe_counters, fact, BPF_RB_NO_WAKEUP);
	}
	return 0;
}

/* More than one state, since a run may be kept out by another program of the host (recursion). */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(probe_state, struct sock *sk, int oldstate, int newstate)
{
	if (newstate != CT_TCP_ESTABLISHED && newstate != CT_TCP_FIN_WAIT1 && newstate != CT_TCP_CLOSE_WAIT)
		return 0;
	return tell(sk);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group owner, from sock_send_length and sock_recv_length (6e6eda44b939, 6.3), which run with the outcome of each call.
 */
#include "io.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 ct_io_twins = 0; /* 1: the twins are attached too */

#define ct_call_of(how) ((struct ct_io_call){.sk = sk, .outcome = outcome, .flags = flags, .sends = (how)})

SEC("tp_btf/sock_send_length")
int BPF_PROG(io_send, struct sock *sk, int outcome, int flags)
{
	struct ct_io_call call = ct_call_of(true);

	ct_io_first(&call, ct_io_twins);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(io_send_twin, struct sock *sk, int outcome, int flags)
{
	struct ct_io_call call = ct_call_of(true);

	ct_io_twin(&call);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(io_recv, struct sock *sk, int outcome, int flags)
{
	struct ct_io_call call = ct_call_of(false);

	ct_io_first(&call, ct_io_twins);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(io_recv_twin, struct sock *sk, int outcome, int flags)
{
	struct ct_io_call call = ct_call_of(false);

	ct_io_twin(&call);
	return 0;
}

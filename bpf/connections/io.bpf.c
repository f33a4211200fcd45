// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group owner, from sock_send_length and sock_recv_length (6e6eda44b939, 6.3), which run with the outcome of each call.
 */
#include "io.h"

#include "after_call.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 ct_io_all = 0; /* 1: all of the programs are attached, not only the first ones */

/* With three, 6 of 72,000 datagrams between 12 tasks on one emulated CPU found all of them active. */
#define CT_TURNS 4

/*
 * Of several programs on one tracepoint each costs more than most of what they do: what else is looked at when a TCP call ends is called by the
 * first of these. The kernel keeps it from running twice at a time on a CPU, and with it what it calls.
 */
#define CT_IO(name, point, turn, how, after)                                                             \
	SEC("tp_btf/" point)                                                                             \
	int BPF_PROG(name, struct sock *sk, int outcome, int flags)                                      \
	{                                                                                                \
		struct ct_io_call call = {.sk = sk, .outcome = outcome, .flags = flags, .sends = (how)}; \
                                                                                                         \
		ct_io_turn(&call, turn, ct_io_all ? CT_TURNS - 1 : 0);                                   \
		if (!(turn) && sk->sk_protocol == CT_TCP)                                                \
			bpf_tail_call(ctx, &(after), 0);                                                 \
		return 0;                                                                                \
	}

CT_IO(io_send, "sock_send_length", 0, true, after_send)
CT_IO(io_send_second, "sock_send_length", 1, true, after_send)
CT_IO(io_send_third, "sock_send_length", 2, true, after_send)
CT_IO(io_send_last, "sock_send_length", 3, true, after_send)
CT_IO(io_recv, "sock_recv_length", 0, false, after_recv)
CT_IO(io_recv_second, "sock_recv_length", 1, false, after_recv)
CT_IO(io_recv_third, "sock_recv_length", 2, false, after_recv)
CT_IO(io_recv_last, "sock_recv_length", 3, false, after_recv)

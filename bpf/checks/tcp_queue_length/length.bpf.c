// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * Where no function can be hooked: sock_send_length and sock_recv_length (6e6eda44b939, 6.3), which run with the outcome of each call. What
 * a receive has taken is added to what it left: the queue as the call found it, and what came meanwhile. Accepts are not seen.
 */
#include "calls.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_MSG_WAITALL 0x100 /* include/linux/socket.h */
/* Bytes that were not taken from the queue, or of which more were taken than it could hold at a time. */
#define CT_NOT_TAKEN (CT_MSG_PEEK | CT_MSG_WAITALL | CT_MSG_ERRQUEUE)

static __always_inline bool ct_is_tcp(struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;

	return (family == CT_TCP_QUEUE_INET || family == CT_TCP_QUEUE_INET6) && sk->sk_protocol == CT_PROTOCOL_TCP;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(queue_receive, struct sock *sk, int outcome, int flags)
{
	if (ct_is_tcp(sk))
		ct_call_receive(sk, outcome > 0 && !(flags & CT_NOT_TAKEN) ? outcome : 0);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(queue_send, struct sock *sk, int outcome, int flags)
{
	if (ct_is_tcp(sk))
		ct_call_send(sk, CT_TCP_QUEUE_WRITER_SEND);
	return 0;
}

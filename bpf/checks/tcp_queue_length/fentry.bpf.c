// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* The functions themselves, as they begin and return. */
#include "calls.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("fentry/tcp_recvmsg")
int BPF_PROG(queue_receive, struct sock *sk)
{
	ct_call_receive(sk, 0);
	return 0;
}

SEC("fexit/tcp_sendmsg")
int BPF_PROG(queue_send, struct sock *sk, struct msghdr *message, size_t size)
{
	ct_call_send(sk, CT_TCP_QUEUE_WRITER_SEND);
	return 0;
}

/* sendfile and splice, until 6.5. */
SEC("fexit/tcp_sendpage")
int BPF_PROG(queue_page, struct sock *sk, struct page *page, int offset, size_t size, int flags)
{
	ct_call_send(sk, CT_TCP_QUEUE_WRITER_PAGE);
	return 0;
}

/* Its arguments behind the first are others since 6.10. */
SEC("fentry/inet_csk_accept")
int BPF_PROG(queue_accept, struct sock *sk)
{
	ct_call_accept(sk);
	return 0;
}

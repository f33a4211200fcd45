// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* The functions themselves, where they cannot be hooked by fentry. */
#define CT_5_10
#define CT_BY_READS
#include "calls.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Threads that can be in a send at one time; of one more the sample is lost, counted. */
#define CT_TCP_QUEUE_THREADS 8192

/* Thread → the socket that it sends on. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_TCP_QUEUE_THREADS);
	__type(key, __u32);
	__type(value, __u64);
} tcp_queue_sends SEC(".maps");

SEC("kprobe/tcp_recvmsg")
int BPF_KPROBE(queue_receive, struct sock *sk)
{
	ct_call_receive(sk, 0);
	return 0;
}

static __always_inline int ct_send_begins(struct sock *sk)
{
	__u32 thread = (__u32)bpf_get_current_pid_tgid();
	__u64 socket = (__u64)sk;
	struct ct_tcp_queue_recent *recent;
	__u32 epoch = ct_queue_epoch();

	if (!epoch || !bpf_map_update_elem(&tcp_queue_sends, &thread, &socket, BPF_ANY))
		return 0;
	recent = ct_queue_recent(CT_TCP_QUEUE_PLACE(epoch == CT_TCP_QUEUE_EPOCH_ODD ? 2 : 1, CT_TCP_QUEUE_WRITER_SEND));
	if (recent) {
		recent->attempted++;
		recent->full++;
	}
	return 0;
}

static __always_inline int ct_send_ends(enum ct_tcp_queue_writer writer)
{
	__u32 thread = (__u32)bpf_get_current_pid_tgid();
	__u64 *socket = bpf_map_lookup_elem(&tcp_queue_sends, &thread);
	struct sock *sk;

	if (!socket)
		return 0;
	sk = (struct sock *)*socket;
	bpf_map_delete_elem(&tcp_queue_sends, &thread);
	ct_call_send(sk, writer);
	return 0;
}

SEC("kprobe/tcp_sendmsg")
int BPF_KPROBE(queue_send_begin, struct sock *sk)
{
	return ct_send_begins(sk);
}

SEC("kretprobe/tcp_sendmsg")
int BPF_KRETPROBE(queue_send)
{
	return ct_send_ends(CT_TCP_QUEUE_WRITER_SEND);
}

SEC("kprobe/inet_csk_accept")
int BPF_KPROBE(queue_accept, struct sock *sk)
{
	ct_call_accept(sk);
	return 0;
}

/* sendfile and splice, until 6.5. */
SEC("kprobe/tcp_sendpage")
int BPF_KPROBE(queue_page_begin, struct sock *sk)
{
	return ct_send_begins(sk);
}

SEC("kretprobe/tcp_sendpage")
int BPF_KRETPROBE(queue_page)
{
	return ct_send_ends(CT_TCP_QUEUE_WRITER_PAGE);
}

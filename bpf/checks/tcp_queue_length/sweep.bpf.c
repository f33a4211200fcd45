// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * A look at all queues at one moment, whoever does or does not call: the sockets that processes have descriptors of. So it sees every
 * network namespace in one pass, listeners too, and knows the process and its memory cgroup of each, as the hooks do. A socket that
 * several processes hold is told with each of them. One without a descriptor (closed with unsent bytes, in flight, held by io_uring alone) is
 * not seen.
 */
#include "queues.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Of one pass: the reader empties it. One reader, so nobody else writes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CT_TCP_QUEUE_CGROUPS);
	__type(key, __u64);
	__type(value, struct ct_tcp_queue_peaks);
} tcp_queues_swept SEC(".maps");

#define CT_SOCKET_MODE 0140000 /* S_IFSOCK */
#define CT_FILE_TYPE 0170000 /* S_IFMT */

static __always_inline struct sock *ct_sock_of(struct file *file)
{
	struct socket *socket;

#ifdef CT_BY_READS
	if ((ct_field(file, f_inode, i_mode) & CT_FILE_TYPE) != CT_SOCKET_MODE)
		return NULL;
	/* Of a socket's name in a file system, opened by O_PATH, there is no socket. */
	socket = ct_field(file, private_data);
#else
	socket = bpf_sock_from_file(file);
#endif
	return socket ? ct_field(socket, sk) : NULL;
}

static __always_inline void ct_sweep(struct task_struct *task, struct sock *sk)
{
	struct ct_tcp_queue_recent *counts = ct_queue_recent(CT_TCP_QUEUE_SWEEP_PLACE);
	struct cgroup *cgroup = ct_queue_cgroup(task);
	__u8 state = ct_field(sk, __sk_common.skc_state);
	struct ct_tcp_queue_peaks *peaks;
	struct tcp_sock *tp = NULL;
	__u32 looks = state == TCP_LISTEN ? 1 : 2;

	if (!counts || state == TCP_CLOSE)
		return;
	if (state != TCP_LISTEN) {
		tp = ct_tcp(sk);
		if (!tp)
			return;
	}
	counts->attempted += looks;
	peaks = ct_queue_entry(&tcp_queues_swept, cgroup, ct_field(cgroup, kn, id), CT_TCP_QUEUE_SWEEP_PLACE);
	if (!peaks) {
		counts->full += looks;
		return;
	}
	if (tp) {
		ct_peak_look(&peaks->receive, task, sk, ct_received(tp), ct_field(sk, sk_rcvbuf));
		ct_peak_look(&peaks->send, task, sk, ct_unacknowledged(tp), ct_field(sk, sk_sndbuf));
	} else {
		ct_peak_look(&peaks->accept, task, sk, ct_field(sk, sk_ack_backlog), ct_field(sk, sk_max_ack_backlog));
	}
}

SEC("iter/task_file")
int queue_sweep(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct sock *sk;
	__u16 family;

	if (!task || !file)
		return 0;
	sk = ct_sock_of(file);
	if (!sk)
		return 0;
	family = ct_field(sk, __sk_common.skc_family);
	if (family != CT_TCP_QUEUE_INET && family != CT_TCP_QUEUE_INET6)
		return 0;
#ifdef CT_BY_READS
	/* A field of bits before 5.6. */
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_protocol) != CT_PROTOCOL_TCP)
		return 0;
#else
	if (sk->sk_protocol != CT_PROTOCOL_TCP)
		return 0;
#endif
	ct_sweep(task, sk);
	return 0;
}

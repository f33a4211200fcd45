/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What is looked at in each call; the programs of each rung say only how they come by the socket.
 */
#ifndef CONNTRAIL_TCP_QUEUE_LENGTH_CALLS_H
#define CONNTRAIL_TCP_QUEUE_LENGTH_CALLS_H

#include "queues.h"

/* Until 6.5 two functions end what is sent. */
struct proto___pages {
	int (*sendpage)(void);
} __attribute__((preserve_access_index));
#define ct_has_pages() bpf_core_field_exists(struct proto___pages, sendpage)

/* On this CPU a program of the other function that sends is writing to the map. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tcp_queue_sending SEC(".maps");

static __always_inline void ct_merge(struct ct_tcp_queue_peak *into, const struct ct_tcp_queue_peak *from)
{
	__u64 samples = into->samples + from->samples;

	if (from->queued && (!into->queued || from->permille > into->permille))
		*into = *from;
	into->samples = samples;
}

static __always_inline struct ct_tcp_queue_peak *ct_peak_of(struct ct_tcp_queue_peaks *peaks,
							    enum ct_tcp_queue_writer writer)
{
	if (writer == CT_TCP_QUEUE_WRITER_RECEIVE)
		return &peaks->receive;
	return writer == CT_TCP_QUEUE_WRITER_ACCEPT ? &peaks->accept : &peaks->send;
}

/* Puts into the map what was seen of the cgroup of the calls before. */
static __always_inline void ct_recent_put(void *map, struct ct_tcp_queue_recent *recent,
					  enum ct_tcp_queue_writer writer)
{
	bool sends = writer == CT_TCP_QUEUE_WRITER_SEND || writer == CT_TCP_QUEUE_WRITER_PAGE;
	__u64 cgroup = recent->cgroup;
	struct ct_tcp_queue_peaks *peaks;
	__u32 *sending = NULL, zero = 0;

	peaks = recent->placed ? bpf_map_lookup_elem(map, &cgroup) : NULL;
	if (!peaks) {
		recent->full += recent->peak.samples;
		return;
	}
	if (!sends || !ct_has_pages()) {
		ct_merge(ct_peak_of(peaks, writer), &recent->peak);
		return;
	}
	sending = bpf_map_lookup_elem(&tcp_queue_sending, &zero);
	if (!sending)
		return;
	if (ct_try_acquire(sending)) {
		ct_merge(ct_peak_of(peaks, writer), &recent->peak);
		ct_release(sending);
	} else {
		recent->busy += recent->peak.samples;
	}
}

/* From now on it is of this cgroup. */
static __always_inline void ct_recent_turn(void *map, struct ct_tcp_queue_recent *recent, struct cgroup *cgroup,
					   __u64 id, __u32 place, enum ct_tcp_queue_writer writer)
{
	if (recent->peak.samples)
		ct_recent_put(map, recent, writer);
	__builtin_memset(&recent->peak, 0, sizeof(recent->peak));
	recent->cgroup = id;
	recent->placed = ct_queue_entry(map, cgroup, id, place) != NULL;
}

static __always_inline void ct_look(__u32 epoch, enum ct_tcp_queue_writer writer, struct sock *sk, __u32 queued,
				    __u32 limit)
{
	/* A branch rather than an index: the verifier knows each place then. */
	__u32 place = epoch == CT_TCP_QUEUE_EPOCH_ODD ? CT_TCP_QUEUE_PLACE(CT_TCP_QUEUE_EPOCH_ODD, writer)
						      : CT_TCP_QUEUE_PLACE(CT_TCP_QUEUE_EPOCH_EVEN, writer);
	struct ct_tcp_queue_recent *recent = ct_queue_recent(place);
	struct task_struct *task = ct_current();
	struct cgroup *cgroup = ct_queue_cgroup(task);
	__u64 id = ct_field(cgroup, kn, id);

	if (!recent)
		return;
	recent->attempted++;
	if (recent->cgroup != id) {
		/* Two calls rather than a pointer to either map: the verifier wants to know which. */
		if (epoch == CT_TCP_QUEUE_EPOCH_ODD)
			ct_recent_turn(&tcp_queues_odd, recent, cgroup, id, place, writer);
		else
			ct_recent_turn(&tcp_queues_even, recent, cgroup, id, place, writer);
	}
	ct_peak_look(&recent->peak, task, sk, queued, limit);
}

/* `taken`: bytes that this call has taken out of the queue already, and that were in it when the call looked. */
static __always_inline void ct_call_receive(struct sock *sk, __u32 taken)
{
	__u32 epoch = ct_queue_epoch();
	struct tcp_sock *tp;

	if (!epoch || !ct_has_queues(ct_field(sk, __sk_common.skc_state)))
		return;
	tp = ct_tcp(sk);
	if (tp)
		ct_look(epoch, CT_TCP_QUEUE_WRITER_RECEIVE, sk, ct_received(tp) + taken, ct_field(sk, sk_rcvbuf));
}

static __always_inline void ct_call_send(struct sock *sk, enum ct_tcp_queue_writer writer)
{
	__u32 epoch = ct_queue_epoch();
	struct tcp_sock *tp;

	if (!epoch || !ct_has_queues(ct_field(sk, __sk_common.skc_state)))
		return;
	tp = ct_tcp(sk);
	if (tp)
		ct_look(epoch, writer, sk, ct_unacknowledged(tp), ct_field(sk, sk_sndbuf));
}

static __always_inline void ct_call_accept(struct sock *sk)
{
	__u32 epoch = ct_queue_epoch();

	if (epoch && ct_field(sk, __sk_common.skc_state) == TCP_LISTEN)
		ct_look(epoch, CT_TCP_QUEUE_WRITER_ACCEPT, sk, ct_field(sk, sk_ack_backlog),
			ct_field(sk, sk_max_ack_backlog));
}

#endif

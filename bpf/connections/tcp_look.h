/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Looking at an entry from outside of the hooks: is its connection open, and what is its row.
 */
#ifndef CONNTRAIL_TCP_LOOK_H
#define CONNTRAIL_TCP_LOOK_H

#include "tcp_close.h"
#include "tcp_socket.h"

static __always_inline bool ct_everything(void)
{
	struct ct_control *c = ct_control();

	return c && c->snapshot_full;
}

#ifdef CT_OLDEST
/* Bytes of the largest tcp_sock, with room to spare: 2,296 in 6.1. A field beyond them is refused by the verifier. */
#define CT_TCP_COPY 4096

struct ct_tcp_copy {
	__u8 bytes[CT_TCP_COPY];
};

/* One: it is the thread that reads the iterator who looks. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_tcp_copy);
} tcp_copy SEC(".maps");

/* The socket, copied whole: one call, where a field each would be thirty. Where it cannot be read the copy is all zero. */
static __always_inline struct tcp_sock *ct_tcp_view(const struct ct_tcp_socket *s)
{
	__u32 size = bpf_core_type_size(struct tcp_sock);
	__u32 zero = 0;
	void *copy = bpf_map_lookup_elem(&tcp_copy, &zero);

	if (copy)
		bpf_probe_read_kernel(copy, size < CT_TCP_COPY ? size : CT_TCP_COPY, (void *)s->sock);
	return copy;
}

static __always_inline __u64 ct_tcp_cookie_now(const struct ct_tcp_socket *s, struct sock *view)
{
	struct sock *sk = (struct sock *)s->sock;

	return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}
#else
static __always_inline struct tcp_sock *ct_tcp_view(const struct ct_tcp_socket *s)
{
	return bpf_rdonly_cast((void *)s->sock, bpf_core_type_id_kernel(struct tcp_sock));
}

static __always_inline __u64 ct_tcp_cookie_now(const struct ct_tcp_socket *s, struct sock *view)
{
	return *(volatile s64 *)&view->__sk_common.skc_cookie.counter;
}
#endif

/* What a look at an entry says. */
enum ct_look {
	CT_LOOK_NOTHING = 0,
	CT_LOOK_SHOW = 1, /* the row is to be shown */
	CT_LOOK_ENDED = 2, /* the row is a close that no program saw */
	CT_LOOK_LOST = 3, /* a close that no program saw, and that can no longer be told */
	CT_LOOK_STALE = 4, /* a socket that is gone, its close told: nothing but the entry is left */
};

/*
 * One entry. The socket may be freed and its memory used for another one while we look: the allocator keeps it a tcp_sock
 * (SLAB_TYPESAFE_BY_RCU), a load from it cannot fault the kernel, and the cookie, read before and after, tells whether it is still the
 * same. The entry itself may be freed and claimed by another socket: `cookie` is the one it is looked at for.
 *
 * An entry whose socket is closed though no program saw it close: some kernels leave tracing programs out in some interrupts without
 * counting that (docs/decisions/0003-closes-nobody-saw.md). Told where that can be done exactly, else lost.
 *
 * A function of its own, not inlined, so that the verifier goes through it once: inlined into the loop over slots it took 180,181
 * instructions on 7.0 and all memory on 6.19.
 */
__noinline int ct_look_at_tcp(struct ct_tcp_socket *s, struct ct_conn *row, __u64 cookie, __u32 pass)
{
	struct tcp_sock *tp;
	struct sock *sk;
	__u8 seen, state;
	bool same;

	if (!s || !row || !s->sock)
		return CT_LOOK_NOTHING;
	tp = ct_tcp_view(s);
	if (!tp)
		return CT_LOOK_NOTHING;
	sk = &tp->inet_conn.icsk_inet.sk;
	state = sk->__sk_common.skc_state;
	same = ct_cookie(sk) == cookie;
	row->error = 0;
	row->state = CT_STATE_OPEN;
	row->reset_by = CT_END_NONE;
	if (same)
		ct_fill_tcp(row, sk, tp, s);
	ct_barrier();
	same = same && ct_tcp_cookie_now(s, sk) == cookie;
	/* The programs run before the state changes, so after this look at it s says CLOSE if any of them ran. */
	ct_barrier();
	seen = *(volatile __u8 *)&s->tcp_state;
	if (*(volatile __u64 *)&s->cookie != cookie)
		return CT_LOOK_NOTHING;
	if (seen == TCP_CLOSE || !seen)
		return same ? CT_LOOK_NOTHING : CT_LOOK_STALE;
	if (!same)
		return CT_LOOK_LOST;
	if (state == TCP_CLOSE) {
		if (!ct_tcp_was_ending(s))
			return CT_LOOK_LOST;
		ct_tcp_ending(row, sk, tp, seen, ct_tcp_error(s, tp, seen, sk->sk_err));
		return CT_LOOK_ENDED;
	}
	if (state > TCP_CLOSING)
		return CT_LOOK_NOTHING;
	row->transitions |= ct_states_passed(s, state);
	row->tcp_state = state;
	ct_own_by_mptcp(row, tp);
	/* When a buffer is full the kernel discards all that this call wrote and calls again: what it reported is still to be shown. */
	if (!ct_everything() && s->reported_pass != pass && row->sent_bytes == s->reported_sent &&
	    row->received_bytes == s->reported_received && row->transitions == s->reported_transitions)
		return CT_LOOK_NOTHING;
	return CT_LOOK_SHOW;
}

/*
 * A closed socket may connect again: its entry goes on counting its generations, until the socket is gone. Not inlined: the single record that it
 * may have to write is then not on the stack while ct_look_at_tcp and what that calls is, beside the caller's row. Kernels without stacks of
 * a program's own (before 6.13) add them all up, to 512 bytes.
 */
static __noinline void ct_missed_close(void *ctx, struct ct_tcp_socket *s, const struct ct_conn *row, __u64 cookie)
{
	struct ct_batch *b = ct_this_batch();

	/* Since the look it may have been told by the hook at the socket's end, and the entry be another's. */
	if (!b || *(volatile __u64 *)&s->cookie != cookie || !ct_claim_close(s))
		return;
	if (row) {
		ct_count(b, caught);
		ct_append(ctx, row);
	} else {
		ct_count(b, attempted);
		ct_count(b, lost_unseen);
	}
}

static __always_inline void ct_row_told(struct ct_tcp_socket *s, const struct ct_conn *row, __u32 pass)
{
	s->reported_sent = row->sent_bytes;
	s->reported_received = row->received_bytes;
	s->reported_transitions = row->transitions;
	s->reported_pass = pass;
}

/* What a look asks for beside showing a row. */
static __always_inline void ct_tcp_looked(void *ctx, struct ct_tcp_socket *s, const struct ct_conn *row, __u64 cookie,
					  int look)
{
	if (look == CT_LOOK_ENDED)
		ct_missed_close(ctx, s, row, cookie);
	else if (look == CT_LOOK_LOST)
		ct_missed_close(ctx, s, NULL, cookie);
	else if (look == CT_LOOK_STALE)
		ct_tcp_forget(s, cookie);
}

#endif

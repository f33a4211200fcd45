/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Entries of TCP sockets in slots, and in a hash where a slot is taken. Included by tcp_socket.h.
 */
#ifndef CONNTRAIL_TCP_SLOTS_H
#define CONNTRAIL_TCP_SLOTS_H

static __always_inline struct ct_tcp_socket *ct_tcp_slot(__u64 cookie)
{
	__u32 slot = cookie % CT_TCP_SLOTS;

	return bpf_map_lookup_elem(&tcp_slots, &slot);
}

/* Entries are counted before they are made, so that 0 means none. */
static __always_inline bool ct_tcp_overflows(void)
{
	struct ct_control *c = ct_control();

	return c && *(volatile __u64 *)&c->overflow_sockets;
}

static __always_inline struct ct_tcp_socket *ct_tcp_find(__u64 cookie)
{
	struct ct_tcp_socket *s = ct_tcp_slot(cookie);

	if (s && s->cookie == cookie)
		return s;
	return ct_tcp_overflows() ? bpf_map_lookup_elem(&tcp_overflow, &cookie) : NULL;
}

/*
 * The entry of a socket, with generation 0 and tcp_state = TCP_CLOSE when it is new. A socket that had to go to tcp_overflow stays there, also
 * when its slot is free by now: a second entry would begin its generations anew, and the first would never be freed. NULL when there is no
 * room at all: the socket's close is still reported, as observed midstream.
 */
static __always_inline struct ct_tcp_socket *ct_tcp_make(__u64 cookie)
{
	struct ct_tcp_socket *s = ct_tcp_slot(cookie);
	struct ct_tcp_socket fresh = {};
	struct ct_batch *b;
	__u64 holder;

	if (!s)
		return NULL;
	if (s->cookie == cookie)
		return s;
	if (ct_tcp_overflows()) {
		struct ct_tcp_socket *o = bpf_map_lookup_elem(&tcp_overflow, &cookie);

		if (o)
			return o;
	}
	/* Two CPUs may want one slot; who frees it stores 0 (ct_tcp_forget). */
	holder = __sync_val_compare_and_swap(&s->cookie, 0, cookie);
	if (holder == 0) {
		ct_tcp_clear(s);
		return s;
	}
	if (holder == cookie)
		return s;
	fresh.cookie = cookie;
	fresh.tcp_state = TCP_CLOSE;
	ct_control_add(overflow_sockets, 1);
	if (!bpf_map_update_elem(&tcp_overflow, &cookie, &fresh, BPF_NOEXIST))
		return bpf_map_lookup_elem(&tcp_overflow, &cookie);
	ct_control_add(overflow_sockets, -1);
	b = ct_this_batch();
	if (b)
		ct_count(b, untracked);
	return NULL;
}

static __always_inline void ct_tcp_forget(struct ct_tcp_socket *s, __u64 cookie)
{
	struct ct_tcp_socket *slot = ct_tcp_slot(cookie);

	s->tcp_state = TCP_CLOSE;
	/* Before the cookie: the iterator takes an entry with a socket for one that is filled in. */
	s->sock = 0;
	ct_barrier();
	/* Both, where two threads made an entry at once, at the first I/O of a socket older than the tracer (ct_tcp_noticed). */
	if (slot && __sync_val_compare_and_swap(&slot->cookie, cookie, 0) == cookie && !ct_tcp_overflows())
		return;
	if (!bpf_map_delete_elem(&tcp_overflow, &cookie))
		ct_control_add(overflow_sockets, -1);
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Entries of TCP sockets in the hash alone: slots are claimed by compare-and-swap (5.12). Included by tcp_socket.h.
 */
#ifndef CONNTRAIL_TCP_HASH_H
#define CONNTRAIL_TCP_HASH_H

static __always_inline struct ct_tcp_socket *ct_tcp_find(__u64 key)
{
	return bpf_map_lookup_elem(&tcp_overflow, &key);
}

/* As in tcp_slots.h. */
static __always_inline struct ct_tcp_socket *ct_tcp_make(__u64 key)
{
	struct ct_tcp_socket *s = ct_tcp_find(key);
	struct ct_tcp_socket fresh = {.cookie = key, .tcp_state = TCP_CLOSE};
	struct ct_batch *b;

	if (s)
		return s;
	ct_control_add(overflow_sockets, 1);
	if (!bpf_map_update_elem(&tcp_overflow, &key, &fresh, BPF_NOEXIST))
		return ct_tcp_find(key);
	ct_control_add(overflow_sockets, -1);
	b = ct_this_batch();
	if (b)
		ct_count(b, untracked);
	return NULL;
}

static __always_inline void ct_tcp_drop(__u64 key)
{
	if (!bpf_map_delete_elem(&tcp_overflow, &key))
		ct_control_add(overflow_sockets, -1);
}

/* What was kept under its address, too, until it was given a cookie. */
static __always_inline void ct_tcp_forget(struct ct_tcp_socket *s, __u64 key)
{
	__u64 address = s->sock;

	ct_tcp_drop(key);
	if (address != key)
		ct_tcp_drop(address);
}

#endif

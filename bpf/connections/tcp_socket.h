/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Finding, making and forgetting what is kept of a TCP socket.
 */
#ifndef CONNTRAIL_TCP_SOCKET_H
#define CONNTRAIL_TCP_SOCKET_H

#include "ledger.h"
#include "maps.h"

static __always_inline struct ct_tcp_socket *ct_tcp_slot(__u64 cookie)
{
	__u32 slot = cookie % CT_TCP_SLOTS;

	return bpf_map_lookup_elem(&tcp_slots, &slot);
}

static __always_inline struct ct_tcp_socket *ct_tcp_find(__u64 cookie)
{
	struct ct_tcp_socket *s = ct_tcp_slot(cookie);

	if (s && s->cookie == cookie)
		return s;
	return bpf_map_lookup_elem(&tcp_overflow, &cookie);
}

/*
 * The entry of a socket, with tcp_state = TCP_CLOSE when it is new. NULL when there is no room at all: the socket's close is still
 * reported, as observed midstream.
 */
static __always_inline struct ct_tcp_socket *ct_tcp_make(__u64 cookie)
{
	struct ct_tcp_socket *s = ct_tcp_slot(cookie);
	struct ct_tcp_socket fresh = {};
	struct ct_batch *b;
	__u64 holder;

	if (!s)
		return NULL;
	/* Two CPUs may want one slot; who frees it stores 0 (ct_tcp_forget). */
	holder = __sync_val_compare_and_swap(&s->cookie, 0, cookie);
	if (holder == 0) {
		s->generation = 0;
		s->owner_source = CT_OWNER_NONE;
		s->pid = 0;
		s->reset = 0;
		return s;
	}
	if (holder == cookie)
		return s;
	s = bpf_map_lookup_elem(&tcp_overflow, &cookie);
	if (s)
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
	if (slot && slot->cookie == cookie) {
		ct_barrier();
		*(volatile __u64 *)&slot->cookie = 0;
		return;
	}
	if (!bpf_map_delete_elem(&tcp_overflow, &cookie))
		ct_control_add(overflow_sockets, -1);
}

#endif

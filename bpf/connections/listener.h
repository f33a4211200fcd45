/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Who listens: the last resort for the owner of an accepted socket.
 */
#ifndef CONNTRAIL_LISTENER_H
#define CONNTRAIL_LISTENER_H

#include "owner.h"
#include "socket.h"

static __always_inline void ct_listener_key(struct ct_listener_key *key, struct sock *sk)
{
	ct_read_local(key->address, sk);
	key->netns_cookie = sk->__sk_common.skc_net.net->net_cookie;
	key->port = sk->__sk_common.skc_num;
}

static __always_inline void ct_listener_store(const struct ct_listener_key *key, struct ct_listener *listener)
{
	struct ct_listener *before = bpf_map_lookup_elem(&tcp_listeners, key);

	listener->shared = before && before->pid != listener->pid;
	bpf_map_update_elem(&tcp_listeners, key, listener, BPF_ANY);
}

/* set_state to LISTEN runs in the process that calls listen(). */
static __always_inline void ct_listener_opened(struct sock *sk)
{
	struct ct_listener listener = {};
	struct ct_listener_key key = {};

	ct_listener_key(&key, sk);
	listener.since_ns = bpf_ktime_get_boot_ns();
	ct_own_current(&listener, CT_OWNER_LISTENER);
	ct_listener_store(&key, &listener);
}

/* Names the listener as the owner of an accepted socket, where there is exactly one it can have been. */
static __always_inline void ct_own_by_listener(struct ct_conn *r)
{
	struct ct_listener_key key = {.netns_cookie = r->netns_cookie, .port = r->local_port};
	struct ct_listener *listener;

	__builtin_memcpy(key.address, r->local_address, sizeof(key.address));
	listener = bpf_map_lookup_elem(&tcp_listeners, &key);
	if (!listener) {
		__builtin_memset(key.address, 0, sizeof(key.address));
		listener = bpf_map_lookup_elem(&tcp_listeners, &key);
	}
	if (!listener || listener->shared || listener->since_ns > r->start_ns)
		return;
	r->pid = listener->pid;
	r->uid = listener->uid;
	r->cgroup_id = listener->cgroup_id;
	__builtin_memcpy(r->comm, listener->comm, CT_COMM_LEN);
	r->owner_source = CT_OWNER_LISTENER;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Who listens: the last resort for the owner of an accepted socket.
 */
#ifndef CONNTRAIL_LISTENER_H
#define CONNTRAIL_LISTENER_H

#include "owner.h"
#include "reads.h"
#include "socket.h"

static __always_inline void ct_listener_key(struct ct_listener_key *key, struct sock *sk)
{
	ct_read_local(key->address, sk);
	key->netns_cookie = ct_netns_cookie(sk->__sk_common.skc_net.net);
	key->port = sk->__sk_common.skc_num;
	key->family = sk->__sk_common.skc_family;
}

static __always_inline void ct_listener_store(struct sock *sk, struct ct_listener *listener)
{
	__u64 cookie = ct_make_cookie(sk);
	struct ct_listener_key key = {};
	struct ct_listener *before;
	__u8 one = 1;
	bool fresh;

	ct_listener_key(&key, sk);
	/* The seed meets one socket at several descriptors, and after the hook did. */
	fresh = !bpf_map_update_elem(&tcp_listening, &cookie, &one, BPF_NOEXIST);
	before = bpf_map_lookup_elem(&tcp_listeners, &key);
	if (before && before->sockets) {
		if (fresh)
			__sync_fetch_and_add(&before->sockets, 1);
		if (before->pid != listener->pid)
			before->shared = 1;
		return;
	}
	listener->sockets = 1;
	bpf_map_update_elem(&tcp_listeners, &key, listener, BPF_ANY);
}

static __always_inline void ct_listener_process(struct ct_listener *listener, struct task_struct *task)
{
	struct task_struct *leader = ct_of_task(task, group_leader);

	listener->leader = (__u64)leader;
	listener->leader_start = ct_of_task(leader, start_boottime);
}

/*
 * Whether the process that listened is alive: of an exited one, children may have the socket. Its task_struct may have been freed meanwhile: then
 * this reads what is left of it, which says EXIT_DEAD, or another task, which began at another time. That needs no kfunc, so that no kernel has
 * to guess (bpf_task_from_pid: 3f0e6f2b41d3, 6.2). A process whose first thread is gone lives while others do; one whose other thread called execve
 * has a new leader, and counts as gone.
 */
static __always_inline bool ct_listener_lives(const struct ct_listener *listener)
{
	struct task_struct *leader = (struct task_struct *)listener->leader;

	if (bpf_ksym_exists(bpf_rdonly_cast)) {
		/* Plain loads with their fault handled instead of four calls (a35b9af4ec2c, 6.2). */
		leader = bpf_rdonly_cast(leader, bpf_core_type_id_kernel(struct task_struct));
		return leader->start_boottime == listener->leader_start && leader->exit_state != CT_EXIT_DEAD &&
		       leader->signal->live.counter > 0;
	}
	if (!ct_may_read)
		return false;
	return BPF_CORE_READ(leader, start_boottime) == listener->leader_start &&
	       BPF_CORE_READ(leader, exit_state) != CT_EXIT_DEAD && BPF_CORE_READ(leader, signal, live.counter) > 0;
}

/* set_state to LISTEN runs in the process that calls listen(). */
static __always_inline void ct_listener_opened(struct sock *sk)
{
	struct ct_listener listener = {};

	listener.since_ns = bpf_ktime_get_boot_ns();
	ct_listener_process(&listener, ct_current());
	ct_own_current(&listener, CT_OWNER_LISTENER);
	ct_listener_store(sk, &listener);
}

/* LISTEN → CLOSE. The entry stays, with its end: sockets accepted before may outlive it. */
static __always_inline void ct_listener_closed(struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	__u64 cookie = ct_key(sk);
	struct ct_listener_key key = {};
	struct ct_listener *listener;

	if (!tp || !cookie || bpf_map_delete_elem(&tcp_listening, &cookie))
		return;
	ct_listener_key(&key, sk);
	/* As in a record: skc_num is 0 already where the port was bound automatically. */
	key.port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	listener = bpf_map_lookup_elem(&tcp_listeners, &key);
	if (listener && listener->sockets && ct_count_down(&listener->sockets))
		listener->until_ns = bpf_ktime_get_boot_ns();
}

/* Whether this listener can have accepted a connection that began at `start_ns`, and which process it was is beyond doubt. */
static __always_inline bool ct_listener_fits(const struct ct_listener *listener, __u64 start_ns)
{
	return listener->owner_source && !listener->shared && listener->since_ns <= start_ns &&
	       (!listener->until_ns || start_ns <= listener->until_ns) && ct_listener_lives(listener);
}

/*
 * Names the listener as the owner of an accepted socket, where there is exactly one it can have been. `family` is the socket's own. A function
 * that is not inlined: the verifier goes through it once, instead of once for each way that leads to it.
 */
CT_GLOBAL __noinline int ct_own_by_listener(struct ct_conn *r, int family)
{
	struct ct_listener_key key = {};
	struct ct_listener *listener;

	if (!r)
		return 0;
	key.netns_cookie = r->netns_cookie;
	key.port = r->local_port;
	key.family = family;
	__builtin_memcpy(key.address, r->local_address, sizeof(key.address));
	listener = bpf_map_lookup_elem(&tcp_listeners, &key);
	if (!listener || (listener->until_ns && listener->until_ns < r->start_ns)) {
		__builtin_memset(key.address, 0, sizeof(key.address));
		listener = bpf_map_lookup_elem(&tcp_listeners, &key);
	}
	if (!listener || !ct_listener_fits(listener, r->start_ns))
		return 0;
	r->pid = listener->pid;
	r->uid = listener->uid;
	r->cgroup_id = listener->cgroup_id;
	__builtin_memcpy(r->comm, listener->comm, CT_COMM_LEN);
	r->owner_source = CT_OWNER_LISTENER;
	return 0;
}

#endif

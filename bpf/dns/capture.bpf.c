// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/*
 * DNS at the sockets of this host, in all network namespaces: what arrives at a port of DNS, and what leaves. On the way of every packet, so that
 * whatever is not DNS is let go after as little as can be. Fragments are whole here: those that arrive already, those that leave still.
 */
#include "segment.h"
#include "ports.h"
#include "sender.h"
#include "window.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Whether a look at the packet may find DNS: one of the ports is the socket's own, and a connected one has the other. A listener has the port of
 * all it accepts.
 */
static __always_inline bool ct_dns_may_be(struct bpf_sock *sk)
{
	__u32 peer = sk->dst_port;

	if (ct_is_dns_port_of(sk->src_port, bpf_ntohs(peer)))
		return true;
	return !peer && sk->state != CT_TCP_LISTEN;
}

/* The same of an unconnected socket's packet, where it is as most are; true: a closer look will tell. */
static __always_inline bool ct_dns_may_say(struct __sk_buff *skb)
{
	__u8 *at = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	__be16 *ports;

	if ((void *)(at + sizeof(struct ipv6hdr) + 4) <= end && at[0] >> 4 == 6 && at[6] == CT_DNS_UDP)
		ports = (__be16 *)(at + sizeof(struct ipv6hdr));
	else if ((void *)(at + sizeof(struct iphdr) + 4) <= end && at[0] == 0x45 && at[9] == CT_DNS_UDP)
		ports = (__be16 *)(at + sizeof(struct iphdr));
	else
		return true;
	return ct_is_dns_port_of(bpf_ntohs(ports[0]), bpf_ntohs(ports[1]));
}

static __always_inline void ct_dns_owner_of(struct __sk_buff *skb, struct ct_dns_segment *head, struct bpf_sock *full,
					    bool leaves)
{
	struct ct_dns_owner *owner = bpf_sk_storage_get(&dns_owners, full, 0, 0);

	if (leaves) {
		struct task_struct *task = bpf_get_current_task_btf();

		if (!(owner && ct_dns_is_of(owner, task, CT_DNS_OWNER_SEND)) && ct_is_sender(skb, head->protocol)) {
			owner = bpf_sk_storage_get(&dns_owners, full, 0, CT_SK_STORAGE_CREATE);
			if (owner)
				ct_dns_own(owner, task, CT_DNS_OWNER_SEND);
		}
	}
	if (!owner)
		return;
	bpf_spin_lock(&owner->lock);
	head->pid = owner->pid;
	head->uid = owner->uid;
	head->start_ns = owner->start_ns;
	head->cgroup_id = owner->cgroup_id;
	head->owner_source = owner->source;
	__builtin_memcpy(head->comm, owner->comm, sizeof(head->comm));
	bpf_spin_unlock(&owner->lock);
}

/* By itself, so that what is not DNS pays for none of its stack and registers. */
static __noinline int ct_dns_look(struct __sk_buff *skb, bool leaves)
{
	struct ct_dns_segment head = {};
	struct ct_packet packet = {};
	struct bpf_sock *sk = skb->sk;
	struct bpf_sock *full;
	struct sock *seen;
	__u32 state = 0;

	if (!sk || ct_walk(skb, 0, &packet) != CT_WALKED_PORTS)
		return 0;
	if (!ct_is_dns_port_of(packet.source_port, packet.dest_port))
		return 0;
	ct_dns_head(&head, &packet, leaves);
	head.boot_ns = bpf_ktime_get_boot_ns();
	head.source = leaves ? CT_DNS_SOURCE_CGROUP_OUT : CT_DNS_SOURCE_CGROUP_IN;
	full = bpf_sk_fullsock(sk);
	seen = ct_sock_of(skb);
	if (full) {
		__u32 protocol = full->protocol;

		state = full->state;
		/* Verifiers want a field of a socket read where it is, not by its address. */
		barrier_var(protocol);
		barrier_var(state);
		if (packet.protocol == CT_DNS_TCP && ct_is_stray(protocol, state, seen, &packet, leaves)) {
			CT_DNS_COUNT(notes[CT_DNS_NOTE_STRAY]);
			return 0;
		}
	}
	ct_dns_namespace(&head, ct_view(struct net, ct_seen(seen, __sk_common.skc_net.net)));
	/* A handshake is seen at the listener; what answers for nobody, at a socket of the kernel's. */
	if (full && state != CT_TCP_LISTEN && full->src_port == head.local_port) {
		head.cookie = bpf_get_socket_cookie(skb);
		ct_dns_owner_of(skb, &head, full, leaves);
	}
	ct_dns_tell(skb, &head, &packet);
	return 0;
}

static __always_inline void ct_dns_at_socket(struct __sk_buff *skb, bool leaves)
{
	struct bpf_sock *sk = skb->sk;

	if (sk && ct_dns_may_be(sk) && (sk->dst_port || ct_dns_may_say(skb)))
		ct_dns_look(skb, leaves);
}

SEC("cgroup_skb/egress")
int dns_leaves(struct __sk_buff *skb)
{
	ct_dns_at_socket(skb, true);
	return 1;
}

SEC("cgroup_skb/ingress")
int dns_arrives(struct __sk_buff *skb)
{
	ct_dns_at_socket(skb, false);
	return 1;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group owner below 6.3, which has no sock_send_length: the functions that every send and receive of an inet socket goes through, as they
 * return. Trampolines run their programs preemptibly, so each call is offered to two.
 *
 * Of programs on one function the one that was attached last runs first (hlist_add_head in __bpf_trampoline_link_prog): the last one stands
 * before the first.
 */
#include "io.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The interface in the address that came with the call; cgroup programs do not see it before 6.2 (bpf_cast_to_kern_ctx). */
static __always_inline __u32 ct_scope_of_message(struct sock *sk, struct msghdr *message)
{
	struct sockaddr_in6 address = {};
	void *name = message->msg_name;

	if (!name || sk->sk_protocol != CT_UDP || sk->__sk_common.skc_family != CT_IPV6 || !ct_may_read ||
	    bpf_probe_read_kernel(&address, sizeof(address), name) || address.sin6_family != CT_IPV6)
		return 0;
	return address.sin6_scope_id;
}

#define ct_call_of(how, how_flags)                                      \
	((struct ct_io_call){.sk = sock->sk,                            \
			     .outcome = outcome,                        \
			     .flags = (how_flags),                      \
			     .scope = ct_scope_of_message(sock->sk, m), \
			     .sends = (how),                            \
			     .unaddressed = !m->msg_name})

#define CT_SENDS(name, function)                                                                   \
	SEC("fexit/" function)                                                                     \
	int BPF_PROG(name##_last, struct socket *sock, struct msghdr *m, size_t size, int outcome) \
	{                                                                                          \
		struct ct_io_call call = ct_call_of(true, 0);                                      \
                                                                                                   \
		ct_io_turn(&call, 1, 1);                                                           \
		return 0;                                                                          \
	}                                                                                          \
	SEC("fexit/" function)                                                                     \
	int BPF_PROG(name, struct socket *sock, struct msghdr *m, size_t size, int outcome)        \
	{                                                                                          \
		struct ct_io_call call = ct_call_of(true, 0);                                      \
                                                                                                   \
		ct_io_turn(&call, 0, 1);                                                           \
		return 0;                                                                          \
	}

#define CT_RECEIVES(name, function)                                                                           \
	SEC("fexit/" function)                                                                                \
	int BPF_PROG(name##_last, struct socket *sock, struct msghdr *m, size_t size, int flags, int outcome) \
	{                                                                                                     \
		struct ct_io_call call = ct_call_of(false, flags);                                            \
                                                                                                              \
		ct_io_turn(&call, 1, 1);                                                                      \
		return 0;                                                                                     \
	}                                                                                                     \
	SEC("fexit/" function)                                                                                \
	int BPF_PROG(name, struct socket *sock, struct msghdr *m, size_t size, int flags, int outcome)        \
	{                                                                                                     \
		struct ct_io_call call = ct_call_of(false, flags);                                            \
                                                                                                              \
		ct_io_turn(&call, 0, 1);                                                                      \
		return 0;                                                                                     \
	}

CT_SENDS(io_send4, "inet_sendmsg")
CT_SENDS(io_send6, "inet6_sendmsg")
CT_RECEIVES(io_recv4, "inet_recvmsg")
CT_RECEIVES(io_recv6, "inet6_recvmsg")

/*
 * sendfile and splice, until 6.5. Where the device takes no pages the kernel makes a sendmsg
 * of it itself (udp_sendpage, sock_no_sendpage), which has been counted when these come.
 */
static __always_inline bool ct_was_passed_on(struct sock *sk)
{
	struct ct_pending_peer *pending = ct_is_udp(sk) ? ct_pending() : NULL;

	if (!pending || !pending->passed_on || pending->passed_on != ct_cookie(sk))
		return false;
	pending->passed_on = 0;
	pending->handled = 1;
	return true;
}

#define CT_PAGE_CALL ((struct ct_io_call){.sk = sock->sk, .outcome = outcome, .sends = true, .unaddressed = true})

SEC("fexit/inet_sendpage")
int BPF_PROG(io_page_last, struct socket *sock, struct page *page, int offset, size_t size, int flags, int outcome)
{
	struct ct_io_call call = CT_PAGE_CALL;

	/* Its mark is left to ct_io_turn, as that of the first one would be. */
	ct_was_passed_on(call.sk);
	ct_io_turn(&call, 1, 1);
	return 0;
}

SEC("fexit/inet_sendpage")
int BPF_PROG(io_page, struct socket *sock, struct page *page, int offset, size_t size, int flags, int outcome)
{
	struct ct_io_call call = CT_PAGE_CALL;

	if (!ct_was_passed_on(call.sk))
		ct_io_turn(&call, 0, 1);
	return 0;
}

/* Of IPv4 only: IPv6 has no other way, and so no inet_sendpage around it (inet6_dgram_ops). */
SEC("fexit/sock_no_sendpage")
int BPF_PROG(io_page_passed_on, struct socket *sock, struct page *page, int offset, size_t size, int flags, int outcome)
{
	struct ct_pending_peer *pending;
	struct sock *sk = sock->sk;

	if (sk->__sk_common.skc_family != CT_IPV4 || !ct_is_udp(sk))
		return 0;
	pending = ct_pending_or_new();
	if (pending)
		pending->passed_on = ct_cookie(sk);
	return 0;
}

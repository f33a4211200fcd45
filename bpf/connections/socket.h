/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Reading the tuple and the network namespace of a socket.
 */
#ifndef CONNTRAIL_SOCKET_H
#define CONNTRAIL_SOCKET_H

#include <bpf/bpf_endian.h>

#include "maps.h"

/* Stores an IPv6 address (network order, 4 words), an IPv4-mapped one as its four bytes. Returns the family. */
static __always_inline __u8 ct_store_v6(__u8 *target, __u32 a0, __u32 a1, __u32 a2, __u32 a3)
{
	__u32 *words = (__u32 *)target;
	int mapped = a0 == 0 && a1 == 0 && a2 == bpf_htonl(0xffff);

	words[0] = mapped ? a3 : a0;
	words[1] = mapped ? 0 : a1;
	words[2] = mapped ? 0 : a2;
	words[3] = mapped ? 0 : a3;
	return mapped ? CT_IPV4 : CT_IPV6;
}

static __always_inline __u8 ct_store_v4(__u8 *target, __u32 address)
{
	__u32 *words = (__u32 *)target;

	words[0] = address;
	words[1] = 0;
	words[2] = 0;
	words[3] = 0;
	return CT_IPV4;
}

#define ct_store_in6(target, in6)                                                                         \
	ct_store_v6(target, (in6).in6_u.u6_addr32[0], (in6).in6_u.u6_addr32[1], (in6).in6_u.u6_addr32[2], \
		    (in6).in6_u.u6_addr32[3])

/* The peer a connected socket has; family 0 and all zero when it has none. Returns the family. */
static __always_inline __u8 ct_read_remote(__u8 *address, struct sock *sk)
{
	if (sk->__sk_common.skc_family == CT_IPV6)
		return ct_store_in6(address, sk->__sk_common.skc_v6_daddr);
	return ct_store_v4(address, sk->__sk_common.skc_daddr);
}

static __always_inline __u8 ct_read_local(__u8 *address, struct sock *sk)
{
	if (sk->__sk_common.skc_family == CT_IPV6)
		return ct_store_in6(address, sk->__sk_common.skc_v6_rcv_saddr);
	return ct_store_v4(address, sk->__sk_common.skc_rcv_saddr);
}

/* Addresses that mean something on one link only: link-local ones, and multicast groups (RFC 4007, RFC 3927). */
static __always_inline bool ct_is_scoped(const __u8 *address, __u8 family)
{
	if (family == CT_IPV4)
		return (address[0] == 169 && address[1] == 254) || (address[0] & 0xf0) == 0xe0;
	return address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

/* The interface of a scoped remote address, as far as the socket says. */
static __always_inline __u32 ct_scope(const __u8 *address, __u8 family, const struct sock *sk)
{
	return ct_is_scoped(address, family) ? sk->__sk_common.skc_bound_dev_if : 0;
}

static __always_inline void ct_read_namespace(struct ct_conn *r, struct sock *sk)
{
	struct net *net = sk->__sk_common.skc_net.net;

	r->netns_cookie = ct_netns_cookie(net);
	r->netns_inode = ct_load(net, ns.inum);
}

#endif

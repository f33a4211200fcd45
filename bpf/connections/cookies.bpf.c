// SPDX-License-Identifier: GPL-2.0
/*
 * Draws cookies where tracing programs may not (before 5.12, compat.h): those of sockets and of their namespaces when a process makes a socket,
 * and those of accepted sockets before their handshake ends (tcp_init_transfer is called before the change to ESTABLISHED).
 */
#include "compat.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("cgroup/sock_create")
int cookie_created(struct bpf_sock *sk)
{
	bpf_get_socket_cookie(sk);
	bpf_get_netns_cookie(sk);
	return 1;
}

SEC("sockops")
int cookie_accepted(struct bpf_sock_ops *ops)
{
	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_get_socket_cookie(ops);
	return 1;
}

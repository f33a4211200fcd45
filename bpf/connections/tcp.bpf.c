// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group tcp: opens, closes and owners of TCP sockets from their state changes.
 */
#include "batch.h"
#include "mptcp.h"
#include "tcp_change.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Of an msk. SYN_SENT, FIN_WAIT1 and LAST_ACK happen in the process that calls connect, shutdown or close (mptcp_connect, mptcp_close_state);
 * an accepted one begins by becoming ESTABLISHED (mptcp_sk_clone_init, subflow_syn_recv_sock).
 */
static __always_inline void ct_mptcp_change(struct sock *sk, int oldstate, int newstate)
{
	if (sk->sk_protocol != CT_MPTCP)
		return;
	if (newstate == TCP_SYN_SENT || oldstate == TCP_SYN_RECV || oldstate == TCP_LISTEN)
		ct_mptcp_begins(sk);
	if (newstate == TCP_SYN_SENT)
		ct_mptcp_used(sk, CT_OWNER_CONNECT);
	else if (newstate == TCP_FIN_WAIT1 || newstate == TCP_LAST_ACK)
		ct_mptcp_used(sk, CT_OWNER_CLOSE);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_set_state, struct sock *sk, int oldstate, int newstate)
{
	struct ct_handled *handled;
	__u32 zero = 0;

	if (!ct_matters(oldstate, newstate) || !ct_enabled())
		return 0;
	if (sk->sk_protocol != CT_TCP) {
		ct_mptcp_change(sk, oldstate, newstate);
		return 0;
	}
	ct_tcp_change(ctx, sk, oldstate, newstate, false);
	handled = bpf_map_lookup_elem(&tcp_handled, &zero);
	if (handled)
		*(volatile __u64 *)&handled->change = ct_cookie(sk) << 4 | newstate;
	return 0;
}

/*
 * The kernel skips a program that is active on the CPU already (bpf_prog.active): because softirq interrupted it, or, where tracing programs
 * run preemptibly, because its task was. So there are two: each change is offered to both in turn, and the twin does what the first one
 * was kept from. As a rule `change` says at once that the first one did its work; when others came in between, what is kept of the socket does.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_set_state_twin, struct sock *sk, int oldstate, int newstate)
{
	struct ct_handled *handled;
	__u32 zero = 0;
	__u64 cookie;

	if (!ct_matters(oldstate, newstate) || !ct_enabled())
		return 0;
	if (sk->sk_protocol != CT_TCP) {
		ct_mptcp_change(sk, oldstate, newstate);
		return 0;
	}
	handled = bpf_map_lookup_elem(&tcp_handled, &zero);
	if (!handled)
		return 0;
	/* Without a cookie (tcp_5_10.bpf.c) it says nothing of which socket it was. */
	cookie = ct_cookie(sk);
	if (cookie && *(volatile __u64 *)&handled->change == (cookie << 4 | newstate)) {
		*(volatile __u64 *)&handled->change = 0;
		return 0;
	}
	ct_tcp_change(ctx, sk, oldstate, newstate, true);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(tcp_reset_received, struct sock *sk)
{
	ct_tcp_reset(sk);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroyed, struct sock *sk)
{
	ct_tcp_gone(ctx, sk);
	return 0;
}

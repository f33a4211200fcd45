/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The maps all hook groups share. Each object declares them; the loader creates them with the first object and reuses them by name
 * for the rest.
 */
#ifndef CONNTRAIL_MAPS_H
#define CONNTRAIL_MAPS_H

#include "compat.h"
#include "control.h"
#include "frames.h"

/*
 * What is known of a TCP socket beside what tcp_sock itself counts; from its first state change to tcp_destroy_sock, so that a socket which
 * connects again goes on counting its generations. The first line of the cache holds all that a send or receive looks at.
 */
struct ct_tcp_socket {
	__u64 cookie; /* 0: a free slot */
	__u64 sock; /* address of the tcp_sock, for the iterator; 0: just claimed, nothing else is filled in */
	__u64 start_ns;
	__u32 generation;
	__u16 transitions;
	__u16 reported_transitions;
	__u8 tcp_state; /* the last state change handled; TCP_CLOSE also while the rest is being filled in, 0 in a slot never used */
	__u8 owner_source;
	__u8 direction;
	__u8 observed_from;
	__u32 pid;
	__u64 cgroup_id;
	char comm[CT_COMM_LEN];
	__u32 uid;
	__u32 reset; /* a RST came for it (tcp_reset) */
	__u64 reported_sent; /* as in the last snapshot row: an unchanged connection is left out of the next one */
	__u64 reported_received;
	__u32 reported_pass; /* low bits of the session of that iterator */
	__u32 reserved;
};
#define CT_STATE_MASK 0xffU /* of tcp_state, in the little-endian word that it begins (ct_claim_close) */
_Static_assert(__builtin_offsetof(struct ct_tcp_socket, tcp_state) % sizeof(__u32) == 0, "tcp_state begins a word");

/*
 * Who listens, by family, address and port: what is left to say of an accepted socket that nobody touched. The family is the socket's own
 * (skc_family), which an accepted one has from its listener: so IPv4 beside IPv6 on one port are told apart.
 */
struct ct_listener_key {
	__u8 address[16];
	__u64 netns_cookie;
	__u16 port;
	__u16 family;
	__u8 reserved[4];
};

struct ct_listener {
	__u64 since_ns; /* 0: before the tracer */
	__u64 until_ns; /* 0: it listens still */
	__u64 cgroup_id;
	__u64 leader; /* address of the process's task_struct, and when it began: whether it is there still (ct_listener_lives) */
	__u64 leader_start;
	__u32 pid;
	__u32 uid;
	char comm[CT_COMM_LEN];
	__u8 owner_source;
	__u8 shared; /* several processes listen here (SO_REUSEPORT, or a descriptor passed on): none is named */
	__u8 reserved[2];
	__u32 sockets; /* that listen here */
};

/* Of one CPU: what the first set_state program tells its twin. */
struct ct_handled {
	__u64 change; /* socket cookie << 4 | new state, of the last change handled */
};

#define CT_GENERATION_UNTRACKED 0x80000000U /* generations of sockets for which there was no room */

struct ct_peer {
	__u8 address[16];
	__u16 port;
	__u8 family; /* 0: none */
	__u8 epoch; /* in keys of udp_flows only: 1 beside a dead flow with the same peer */
	__u32 scope; /* as in struct ct_conn */
};

/*
 * TCP sockets by the low bits of their cookie. Cookies are drawn in sequence, so the sockets of the moment fall into different slots, and a
 * look-up is one load. A socket whose slot a longer-lived one holds goes to tcp_overflow.
 */
#define CT_TCP_SLOTS 16384
#define CT_TCP_OVERFLOW 262144
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_TCP_SLOTS);
	__type(key, __u32);
	__type(value, struct ct_tcp_socket);
} tcp_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CT_TCP_OVERFLOW);
	__type(key, __u64);
	__type(value, struct ct_tcp_socket);
} tcp_overflow SEC(".maps");

/* Only to be iterated over: an element stands for CT_TCP_BLOCK slots, as many rows as fit the buffer of one read (bpf_seq_read). */
#define CT_TCP_BLOCK 64
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_TCP_SLOTS / CT_TCP_BLOCK);
	__type(key, __u32);
	__type(value, __u32);
} tcp_blocks SEC(".maps");

/* LRU: kept beyond the listener's end, for the accepted sockets that outlive it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct ct_listener_key);
	__type(value, struct ct_listener);
} tcp_listeners SEC(".maps");

/* Cookies of the sockets that are counted in `sockets` of their tcp_listeners entry. LRU: see there. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u8);
} tcp_listening SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_handled);
} tcp_handled SEC(".maps");

/* One page per possible CPU; mapped by the reader, so that looking at an idle CPU costs no system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_batch);
} batches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CT_PAGE);
} events_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events_perf SEC(".maps");

static __always_inline struct ct_control *ct_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

#define ct_control_add(name, value)                                 \
	do {                                                        \
		struct ct_control *ct_c = ct_control();             \
		if (ct_c)                                           \
			__sync_fetch_and_add(&ct_c->name, (value)); \
	} while (0)

static __always_inline int ct_enabled(void)
{
	struct ct_control *c = ct_control();

	return c && *(volatile __u32 *)&c->enabled;
}

/* 0: no program asked for the cookie of this socket yet, so nothing is kept of it. */
static __always_inline __u64 ct_cookie(struct sock *sk)
{
	return sk->__sk_common.skc_cookie.counter;
}

#ifdef CT_5_10
/* Sockets that are older than the tracer, and those of the kernel, have none: they are kept under their address, which is no cookie. */
static __always_inline __u64 ct_key(struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);

	return cookie ? cookie : (__u64)sk;
}

#define ct_make_cookie(sk) ct_key(sk)
#else
#define ct_key(sk) ct_cookie(sk)

/* The helper is needed only once per socket: it draws the number. */
static __always_inline __u64 ct_make_cookie(struct sock *sk)
{
	__u64 cookie = ct_cookie(sk);

	return cookie ? cookie : bpf_get_socket_cookie(sk);
}
#endif

static __always_inline struct ct_batch *ct_this_batch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&batches, &cpu);
}

#endif

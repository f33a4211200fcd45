/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * A connection as the kernel side tells it: the one definition, read by programs, by C++, and by TypeScript through
 * src/connections/layout.gen.ts.
 *
 * All integers are native (little-endian) and naturally aligned; times are nanoseconds of CLOCK_BOOTTIME.
 */
#ifndef CONNTRAIL_CONN_H
#define CONNTRAIL_CONN_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Address family and transport protocol carry the kernel's own numbers. An IPv4-mapped IPv6 address is CT_IPV4. */
#define CT_IPV4 2 /* AF_INET */
#define CT_IPV6 10 /* AF_INET6 */
#define CT_TCP 6 /* IPPROTO_TCP */
#define CT_UDP 17 /* IPPROTO_UDP */

enum ct_direction {
	CT_DIRECTION_UNKNOWN = 0,
	CT_DIRECTION_INCOMING = 1,
	CT_DIRECTION_OUTGOING = 2,
};

enum ct_state {
	CT_STATE_OPEN = 0,
	CT_STATE_CLOSED = 1,
};

/* How the owning process is known; CT_OWNER_NONE means that pid, uid, comm and cgroup_id are not set. */
enum ct_owner_source {
	CT_OWNER_NONE = 0,
	CT_OWNER_LISTENER = 1, /* the process that called listen(); nobody else touched the accepted socket */
	CT_OWNER_SNAPSHOT = 2, /* holds a descriptor of the socket when the tracer starts */
	CT_OWNER_CLOSE = 3, /* the process whose close or shutdown moved the state */
	CT_OWNER_FIRST_IO = 4, /* the first process that sent or received on the socket */
	CT_OWNER_CONNECT = 5, /* the process that called connect() */
};

enum ct_end {
	CT_END_NONE = 0,
	CT_END_LOCAL = 1,
	CT_END_REMOTE = 2,
};

enum ct_observed_from {
	CT_OBSERVED_START = 0,
	CT_OBSERVED_MIDSTREAM = 1,
	CT_OBSERVED_SNAPSHOT = 2,
};

/* Bits of ct_conn.unknown: what is null since nothing shows it. */
enum ct_unknown {
	CT_UNKNOWN_SENT_PACKETS = 1,
	CT_UNKNOWN_RECEIVED_PACKETS = 2,
	CT_UNKNOWN_RECEIVED_BYTES = 4,
	CT_UNKNOWN_ERROR = 8, /* it failed, and no hook shows by what */
};

#define CT_COMM_LEN 16
#define CT_MIN_RTT_UNKNOWN 0xffffffffU /* tcp_sock.rtt_min before the first sample (net/ipv4/tcp.c: tcp_init_sock) */

/*
 * One socket's view of one conversation, open or closed. Counters are totals since the conversation began.
 * Identity: (cookie, generation).
 */
struct ct_conn {
	__u64 cookie; /* socket cookie (sock_gen_cookie) */
	__u64 netns_cookie; /* net.net_cookie */
	__u64 cgroup_id; /* cgroup v2 id of the owner */
	__u64 start_ns; /* boot clock; 0 = began before it was observed */
	__u64 end_ns; /* boot clock. Closed: of the close (TCP), of the last datagram (UDP); open: of the reading */
	__u64 sent_bytes; /* TCP: bytes_sent - bytes_retrans; UDP: payload handed to the kernel */
	__u64 received_bytes; /* TCP: in-sequence payload, read or not; UDP: payload given to the application */
	__u64 sent_packets; /* TCP: segs_out; UDP: datagrams */
	__u64 received_packets; /* TCP: segs_in; UDP: datagrams */
	__u8 local_address[16]; /* network order; IPv4 in the first 4 bytes; all zero = not known (UDP) */
	__u8 remote_address[16]; /* network order */
	__u16 local_port; /* host order */
	__u16 remote_port; /* host order; address and port zero = no peer known (UDP) */
	__u32 netns_inode; /* net.ns.inum */
	__u32 pid; /* tgid in the initial pid namespace */
	__u32 uid;
	char comm[CT_COMM_LEN]; /* of the thread group leader */
	__u32 generation; /* 1, 2, …: TCP connects on this socket, UDP peers of this socket */
	__u32 retransmits; /* tcp_sock.total_retrans */
	__u32 srtt_us; /* smoothed RTT, µs; 0 = not measured */
	__u32 rttvar_us; /* mean deviation, µs; valid when srtt_us is */
	__u32 min_rtt_us; /* CT_MIN_RTT_UNKNOWN = not measured */
	__u16 transitions; /* bit n: entered TCP state n (ESTABLISHED = 1 … CLOSE = 7) */
	__u16 error; /* sk_err at close (TCP), or the errno an I/O call returned (UDP); 0 = none */
	__u8 family; /* CT_IPV4, CT_IPV6 */
	__u8 protocol; /* CT_TCP, CT_UDP */
	__u8 direction; /* enum ct_direction */
	__u8 state; /* enum ct_state */
	__u8 owner_source; /* enum ct_owner_source */
	__u8 reset_by; /* enum ct_end: who sent the RST */
	__u8 observed_from; /* enum ct_observed_from */
	__u8 tcp_state; /* kernel's TCP state: the last one before CLOSE, or the present one while open */
	__u32 scope; /* interface index that a link-local or multicast remote address is meant for; 0 = none, or not known */
	__u16 unknown; /* enum ct_unknown: what of this record cannot be told */
	__u16 reserved;
};

#ifdef __cplusplus
#define _Static_assert static_assert /* C++ spells it so */
#endif
_Static_assert(sizeof(struct ct_conn) == 176, "ct_conn is 176 bytes without padding");

#endif

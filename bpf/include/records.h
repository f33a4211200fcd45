/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What the kernel side hands to user space. The one definition of these layouts: the C++ reader includes this file, and the
 * TypeScript offsets (src/frames/layout.gen.ts) are generated from the BTF of the compiled object.
 *
 * All integers are native (little-endian) and naturally aligned; times are nanoseconds of CLOCK_BOOTTIME.
 */
#ifndef CONNTRAIL_RECORDS_H
#define CONNTRAIL_RECORDS_H

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

/* Counters of one CPU, in connections, monotone since load. attempted = emitted + len + lost_*. */
struct ct_counters {
	__u64 attempted; /* closes this CPU had to report */
	__u64 emitted; /* left in a full batch or singly */
	__u64 unbatched; /* of emitted: singly, because the close interrupted another append on this CPU */
	__u64 lost_buffer_full; /* the transport refused them */
	__u64 lost_map_full; /* UDP: conversations for which there was no memory */
	__u64 lost_recursion; /* TCP: the programs were held off the close by another one, and the socket is wiped by now */
	__u64 lost_unseen; /* TCP: found closed by a later look, too late to be told: no program was run for its close */
	__u64 caught; /* TCP state changes and UDP calls that the first program was kept from (recursion) and another one handled */
	__u64 untracked; /* sockets whose storage could not be created: record still emitted, observed midstream */
	__u64 expired_early; /* UDP conversations told before their time-out, to make room; in emitted */
	__u64 unnamed; /* datagrams whose peer was known but could not be kept until they were counted: no memory */
	__u64 buffer_retries; /* output attempts of a whole batch that failed */
};

#define CT_PAGE 4096
#define CT_BATCH_CAPACITY 22

/*
 * The open batch of one CPU: exactly one page, emitted straight from the map value. Roll-over writes tail_id, then len = 0,
 * then head_id; a reader takes head_id first and tail_id last, so that equal ids prove an untorn copy (spec kernel A4b).
 */
struct ct_batch {
	__u64 head_id;
	__u32 cpu;
	__u32 len;
	struct ct_counters counters; /* written only by the holder of busy */
	struct ct_counters nested; /* added to atomically by programs that found busy set, and outside of appends */
	__u32 busy; /* 1 while a program on this CPU appends */
	__u32 reserved;
	struct ct_conn records[CT_BATCH_CAPACITY];
	__u64 tail_id;
};

/* A close that interrupted another append on its CPU. */
struct ct_single {
	__u32 cpu;
	__u32 reserved;
	struct ct_conn record;
};

#ifdef __cplusplus
#define _Static_assert static_assert /* C++ spells it so */
#endif
_Static_assert(sizeof(struct ct_conn) == 176, "ct_conn is 176 bytes without padding");
_Static_assert(sizeof(struct ct_batch) == CT_PAGE, "a batch is one page");

#endif

/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* How full the queues of TCP sockets were, per memory cgroup and interval. */
#ifndef CONNTRAIL_TCP_QUEUE_LENGTH_FRAMES_H
#define CONNTRAIL_TCP_QUEUE_LENGTH_FRAMES_H

#include "cgroup_path.h"
#include "frame.h"

enum ct_tcp_queue_length_kind {
	CT_TCP_QUEUE_LENGTH_KIND_QUEUE =
		CT_KIND(CT_FEATURE_TCP_QUEUE_LENGTH, 1), /* struct ct_tcp_queue: as many units as it has samples */
};

enum ct_tcp_queue_length_group {
	CT_TCP_QUEUE_LENGTH_GROUP_CALLS = CT_KIND(CT_FEATURE_TCP_QUEUE_LENGTH, 1),
	CT_TCP_QUEUE_LENGTH_GROUP_SWEEP = CT_KIND(CT_FEATURE_TCP_QUEUE_LENGTH, 2),
};

/* Places of ct_account.lost. */
enum ct_tcp_queue_length_lost {
	CT_TCP_QUEUE_LENGTH_LOST_MAP_FULL = 0, /* samples of cgroups beyond the most that are told apart */
	CT_TCP_QUEUE_LENGTH_LOST_SKIPPED =
		1, /* calls for which the kernel did not run the program: it ran on that CPU already */
	CT_TCP_QUEUE_LENGTH_LOST_BUSY =
		2, /* samples taken while another program wrote the same maximum on the same CPU */
	CT_TCP_QUEUE_LENGTH_LOST_UNREAD = 3, /* samples that could not be read out of the kernel */
};

/* Bits of ct_tcp_queue.flags. */
enum ct_tcp_queue_flag {
	CT_TCP_QUEUE_FLAG_SAMPLED = 1, /* the hooks are not where queues are longest: maxima in between are not seen */
};

#define CT_TCP_QUEUE_COMM_LEN 16 /* TASK_COMM_LEN */
#define CT_TCP_QUEUE_INET 2 /* AF_INET */
#define CT_TCP_QUEUE_INET6 10

/* The largest fill of one kind of queue, and whose it was. All but samples is zero when every queue that was looked at was empty. */
struct ct_tcp_queue_peak {
	__u64 samples; /* how often such a queue was looked at */
	__u32 permille; /* 1000 * queued / limit; may be above 1000 */
	__u32 queued; /* bytes; of a listener connections that wait for accept */
	__u32 limit; /* bytes: sk_rcvbuf, sk_sndbuf; of a listener its backlog */
	__u32 pid; /* thread group, initial pid namespace */
	__u64 boot_ns; /* when it was that full */
	__u64 netns_cookie; /* 0 = not known */
	__u64 cookie; /* of the socket; 0 = nobody has asked for one yet */
	__u32 netns_inode;
	__u16 local_port; /* host order */
	__u16 remote_port; /* 0 of a listener */
	__u8 family; /* CT_TCP_QUEUE_INET, CT_TCP_QUEUE_INET6 */
	__u8 reserved[7];
	__u8 local_address
		[16]; /* network order, IPv4 in the first four bytes, the rest zero; an IPv4-mapped one is IPv4 */
	__u8 remote_address[16];
	char comm[CT_TCP_QUEUE_COMM_LEN]; /* command name of the process */
};

/* Of one memory cgroup. */
struct ct_tcp_queue_peaks {
	struct ct_tcp_queue_peak receive, send, accept;
};

/* What was seen of one memory cgroup in one interval. */
struct ct_tcp_queue {
	__u64 begin_ns; /* the interval */
	__u64 end_ns;
	__u64 cgroup_id; /* of the memory cgroup */
	__u32 flags; /* enum ct_tcp_queue_flag */
	__u32 reserved;
	struct ct_tcp_queue_peaks peaks;
	struct ct_cgroup_path path; /* all zero = not known */
};

/* Which of the two maps of maxima the programs write. */
enum ct_tcp_queue_epoch {
	CT_TCP_QUEUE_EPOCH_NONE = 0, /* no interval has begun: nothing is looked at */
	CT_TCP_QUEUE_EPOCH_EVEN = 1,
	CT_TCP_QUEUE_EPOCH_ODD = 2,
};

/* Which program looks, so that each place in memory has one writer. */
enum ct_tcp_queue_writer {
	CT_TCP_QUEUE_WRITER_RECEIVE = 0,
	CT_TCP_QUEUE_WRITER_SEND = 1,
	CT_TCP_QUEUE_WRITER_ACCEPT = 2,
	CT_TCP_QUEUE_WRITER_PAGE = 3, /* sendfile and splice as calls of their own, until 6.5 */
};
#define CT_TCP_QUEUE_WRITERS 4

/* Places in the map of what was seen last: of the sweep, and of each writer in each epoch. */
#define CT_TCP_QUEUE_SWEEP_PLACE 0
#define CT_TCP_QUEUE_PLACE(epoch, writer) (1 + ((epoch)-1) * CT_TCP_QUEUE_WRITERS + (writer))
#define CT_TCP_QUEUE_PLACES 9

/*
 * What one CPU has seen last by one program in one epoch: of one cgroup, in front of the map. Most calls are of the cgroup of the call before,
 * and need no look-up.
 */
struct ct_tcp_queue_recent {
	__u64 cgroup; /* 0 = none yet */
	__u64 attempted; /* samples, since the programs were loaded */
	struct ct_tcp_queue_peak peak; /* what is not in the map yet */
	__u32 placed; /* 1: the cgroup has a place in the map; 0: these samples have none */
	__u32 reserved;
	__u64 full; /* samples that found no place; since the programs were loaded, like attempted */
	__u64 busy; /* samples of a maximum that another program was writing */
};

_Static_assert(sizeof(struct ct_tcp_queue_peak) == 112, "ct_tcp_queue_peak has no padding");

#endif

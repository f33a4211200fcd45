/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Frames of the feature connections, and the pages they come from.
 */
#ifndef CONNTRAIL_CONNECTIONS_FRAMES_H
#define CONNTRAIL_CONNECTIONS_FRAMES_H

#include "conn.h"
#include "frame.h"

enum ct_connections_kind {
	CT_CONNECTIONS_KIND_BATCH = CT_KIND(CT_FEATURE_CONNECTIONS, 1), /* struct ct_batch, whole */
	CT_CONNECTIONS_KIND_SINGLE = CT_KIND(CT_FEATURE_CONNECTIONS, 2), /* struct ct_single */
	CT_CONNECTIONS_KIND_PENDING =
		CT_KIND(CT_FEATURE_CONNECTIONS, 3), /* struct ct_batch up to records[len]; read in place, no tail_id */
	CT_CONNECTIONS_KIND_SNAPSHOT_BEGIN = CT_KIND(CT_FEATURE_CONNECTIONS, 4), /* struct ct_snapshot_mark */
	CT_CONNECTIONS_KIND_SNAPSHOT = CT_KIND(CT_FEATURE_CONNECTIONS, 5), /* struct ct_conn[]: open conversations */
	CT_CONNECTIONS_KIND_SNAPSHOT_END = CT_KIND(CT_FEATURE_CONNECTIONS, 6), /* struct ct_snapshot_mark */
};

enum ct_connections_group {
	CT_CONNECTIONS_GROUP_TCP = CT_KIND(CT_FEATURE_CONNECTIONS, 1),
	CT_CONNECTIONS_GROUP_OWNER = CT_KIND(CT_FEATURE_CONNECTIONS, 2),
	CT_CONNECTIONS_GROUP_UDP = CT_KIND(CT_FEATURE_CONNECTIONS, 3),
	CT_CONNECTIONS_GROUP_SNAPSHOT = CT_KIND(CT_FEATURE_CONNECTIONS, 4),
};

/* Places of ct_account.lost, in closed connections. */
enum ct_connections_lost {
	CT_CONNECTIONS_LOST_BUFFER_FULL, /* the transport refused them */
	CT_CONNECTIONS_LOST_MAP_FULL, /* UDP: conversations for which there was no memory */
	CT_CONNECTIONS_LOST_RECURSION, /* TCP: the programs were held off the close by another one, and the socket is wiped by now */
	CT_CONNECTIONS_LOST_UNSEEN, /* TCP: found closed by a later look, too late to be told: no program was run for its close */
};

/* Places of ct_account.notes. */
enum ct_connections_note {
	CT_CONNECTIONS_NOTE_UNBATCHED, /* of emitted: singly, because the close interrupted another append on its CPU */
	CT_CONNECTIONS_NOTE_CAUGHT, /* TCP state changes and UDP calls that the first program was kept from and another one handled */
	CT_CONNECTIONS_NOTE_SKIPPED_RUNS, /* reader 0 only: recursion_misses of all programs, in program runs; most were made up for */
	CT_CONNECTIONS_NOTE_UNTRACKED, /* sockets for which there was no memory */
	CT_CONNECTIONS_NOTE_EXPIRED_EARLY, /* UDP conversations told before their time-out, to make room; in emitted */
	CT_CONNECTIONS_NOTE_UNNAMED, /* datagrams whose peer was known but could not be kept until they were counted */
	CT_CONNECTIONS_NOTE_SKIPPED_IO, /* reader 0 only: of skipped_runs, those that counted sends and receives and were not made up for */
	CT_CONNECTIONS_NOTE_TORN, /* partial-batch readings that the ids proved torn, in readings; repeated at once */
	CT_CONNECTIONS_NOTE_INVALID, /* events of a size or CPU that cannot be, in events */
	CT_CONNECTIONS_NOTE_TRANSPORT_LOST, /* PERF_RECORD_LOST, in events; a cross-check only */
	CT_CONNECTIONS_NOTE_DROPPED_FRAMES, /* for which the shared ring had no room: all kinds, in frames */
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

struct ct_snapshot_mark {
	__u64 boot_ns; /* when the snapshot began (BEGIN and END carry the same time) */
	__u32 id; /* 1, 2, … */
	__u32 full; /* 1: every open conversation is in it; 0: only those that changed since the last one */
};

_Static_assert(sizeof(struct ct_batch) == CT_PAGE, "a batch is one page");

#endif

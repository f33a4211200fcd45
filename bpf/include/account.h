/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What the programs of a feature count that hand over single events through a BPF ring: one entry per CPU, read and summed by the ring's
 * reader, which makes struct ct_account of it.
 */
#ifndef CONNTRAIL_ACCOUNT_H
#define CONNTRAIL_ACCOUNT_H

#ifdef __bpf__
#include "compat.h" /* before frame.h, which takes its types from vmlinux.h then */
#endif
#include "frame.h"

#define CT_EVENT_NOTES 8 /* the first places of ct_account.notes; the rest is the reader's */

/* Places of ct_account.notes that the reader counts. */
enum ct_event_note {
	CT_EVENT_NOTE_INVALID =
		CT_EVENT_NOTES, /* events of a length or kind that cannot be; in read and dropped, too, where the feature is known */
};

/* Of one CPU, monotone since load. attempted = emitted + all of lost, between two events. */
struct ct_event_counters {
	__u64 attempted;
	__u64 emitted;
	__u64 lost[CT_LOST];
	__u64 notes[CT_EVENT_NOTES];
};

#ifdef __bpf__

/* Declares the map `name`. */
#define CT_EVENT_COUNTERS(name)                          \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, 1);                  \
		__type(key, __u32);                      \
		__type(value, struct ct_event_counters); \
	} name SEC(".maps")

/* Atomic, although the entry is this CPU's own: a program may interrupt another. `place` is a member of the struct. */
#define ct_event_count(map, place) ct_event_add(map, place, 1)

#define ct_event_add(map, place, units)                                                      \
	do {                                                                                 \
		__u32 ct_zero = 0;                                                           \
		struct ct_event_counters *ct_counters = bpf_map_lookup_elem(&map, &ct_zero); \
		if (ct_counters)                                                             \
			__sync_fetch_and_add(&ct_counters->place, (units));                  \
	} while (0)

/*
 * Room for one event in a ring, with its head filled in, or NULL; counts the attempt, and as lost[full] what finds no room. What is reserved
 * must be submitted by ct_event_submit.
 */
#define ct_event_reserve(ring, map, of_kind, type, full)                        \
	({                                                                      \
		type *ct_event = bpf_ringbuf_reserve(&ring, sizeof(type), 0);   \
		ct_event_count(map, attempted);                                 \
		if (ct_event) {                                                 \
			struct ct_event *ct_head = (struct ct_event *)ct_event; \
			ct_head->kind = (of_kind);                              \
			ct_head->cpu = (__u16)bpf_get_smp_processor_id();       \
			ct_head->length = sizeof(type);                         \
		} else {                                                        \
			ct_event_count(map, lost[full]);                        \
		}                                                               \
		ct_event;                                                       \
	})

/* Counts first: a reader that finds the event finds it counted. */
#define ct_event_submit(map, event, flags)          \
	do {                                        \
		ct_event_count(map, emitted);       \
		bpf_ringbuf_submit(event, (flags)); \
	} while (0)

#endif
#endif

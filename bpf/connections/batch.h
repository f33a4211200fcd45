/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Appending closes to this CPU's batch, and handing full batches over.
 */
#ifndef CONNTRAIL_BATCH_H
#define CONNTRAIL_BATCH_H

#include "count.h"
#include "maps.h"

const volatile __u32 ct_use_perf = 0; /* 0: ring buffer; 1: perf buffers */
const volatile __u64 ct_high_water = 0; /* ring bytes from which on the reader is woken before its timer */

/* No wake-up per event: a wake-up costs more than everything else here together (spec kernel A7). The reader consumes by timer. */
static __always_inline long ct_output(void *ctx, void *data, __u64 size)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

#ifdef CT_NO_PERF_OUTPUT
	if (ct_use_perf)
		return -1;
#else
	if (ct_use_perf)
		return bpf_perf_event_output(ctx, &events_perf, BPF_F_CURRENT_CPU, data, size);
#endif
	if (bpf_ringbuf_query(&events_ring, BPF_RB_AVAIL_DATA) > ct_high_water)
		flags = BPF_RB_FORCE_WAKEUP;
	return bpf_ringbuf_output(&events_ring, data, size, flags);
}

/* Emits the full batch straight from the map value and opens the next one. On failure the batch stays as it is. */
static __always_inline int ct_batch_emit(void *ctx, struct ct_batch *b)
{
	__u64 next = b->head_id + 1;

	if (ct_output(ctx, b, sizeof(*b))) {
		b->counters.buffer_retries++;
		return -1;
	}
	b->counters.emitted += CT_BATCH_CAPACITY;
	/* This order lets a reader prove its copy untorn; it pairs with read_open_batch in src/native/src/batches.cc. */
	*(volatile __u64 *)&b->tail_id = next;
	ct_barrier();
	*(volatile __u32 *)&b->len = 0;
	ct_barrier();
	*(volatile __u64 *)&b->head_id = next;
	return 0;
}

/*
 * The slot for one more record, or NULL. The caller holds b->busy; it fills the slot and calls ct_batch_commit. NULL: the batch is full
 * and the transport still refuses it; the record is counted as lost.
 */
static __always_inline struct ct_conn *ct_batch_slot(void *ctx, struct ct_batch *b)
{
	__u32 len;

	b->counters.attempted++;
	if (b->len >= CT_BATCH_CAPACITY && ct_batch_emit(ctx, b)) {
		b->counters.lost_buffer_full++;
		return NULL;
	}
	len = b->len;
	if (len >= CT_BATCH_CAPACITY)
		return NULL;
	return &b->records[len];
}

static __always_inline void ct_batch_commit(void *ctx, struct ct_batch *b)
{
	/* The record is whole before len admits it; pairs with the acquire of len in src/native/src/batches.cc. */
	ct_barrier();
	*(volatile __u32 *)&b->len = b->len + 1;
	if (b->len >= CT_BATCH_CAPACITY)
		ct_batch_emit(ctx, b);
}

/* Emits a record on its own: this program interrupted an append on the same CPU. */
static __always_inline void ct_emit_single(void *ctx, struct ct_batch *b, struct ct_single *single)
{
	ct_count(b, attempted);
	single->cpu = b->cpu;
	if (ct_output(ctx, single, sizeof(*single))) {
		ct_count(b, lost_buffer_full);
		return;
	}
	ct_count(b, emitted);
	ct_count(b, unbatched);
}

/*
 * Reports a closed record: `fill`, statements that write the record `r` points to, run where it goes, into the batch or a single record. The
 * stack of 512 bytes has no room for a row beside a single record (6.1 adds up what programs and functions take).
 */
#define ct_report(ctx, fill)                                \
	do {                                                \
		struct ct_batch *ct_b = ct_this_batch();    \
		struct ct_single ct_single;                 \
		struct ct_conn *r;                          \
		if (!ct_b)                                  \
			break;                              \
		if (ct_try_acquire(&ct_b->busy)) {          \
			r = ct_batch_slot(ctx, ct_b);       \
			if (r) {                            \
				fill;                       \
				ct_batch_commit(ctx, ct_b); \
			}                                   \
			ct_release(&ct_b->busy);            \
			break;                              \
		}                                           \
		ct_single.reserved = 0;                     \
		r = &ct_single.record;                      \
		fill;                                       \
		ct_emit_single(ctx, ct_b, &ct_single);      \
	} while (0)

/* Reports a closed record that is complete already. */
static __always_inline void ct_append(void *ctx, const struct ct_conn *record)
{
	ct_report(ctx, *r = *record);
}

#endif

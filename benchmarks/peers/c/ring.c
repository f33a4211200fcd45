// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <string.h>
#include <time.h>

#include "frame.h"

#define REST_NS 50000
/* Frames after which the space is given back: each store costs the producer a cache miss. */
#define TAIL_EVERY 64

/*
 * The other side is a whole ring away from needing us, so sleeping costs nothing; spinning would take from it, on hardware threads that
 * share a core.
 */
static void rest(void)
{
	nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
}

void ring_put(struct ring *ring, const void *frame, uint32_t size)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t offset = head % RING_BYTES;
	uint32_t filler = RING_BYTES - offset < size ? RING_BYTES - offset : 0;

	/* Pairs with the consumer's release of tail. */
	while (RING_BYTES - (head - atomic_load_explicit(&ring->tail, memory_order_acquire)) < size + filler)
		rest();
	if (filler) {
		uint32_t pad = CT_FRAME_PAD;
		memcpy(ring->data + offset, &pad, sizeof(pad));
		offset = 0;
	}
	memcpy(ring->data + offset, frame, size);
	/* Pairs with the consumer's acquire of head. */
	atomic_store_explicit(&ring->head, head + filler + size, memory_order_release);
}

void ring_end(struct ring *ring)
{
	atomic_store_explicit(&ring->ended, 1, memory_order_release);
}

void ring_drain(struct ring *ring, void (*take)(void *context, const void *frame), void *context)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	for (;;) {
		/* Before head: what was written before the end is then seen. */
		uint32_t ended = atomic_load_explicit(&ring->ended, memory_order_acquire);
		uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
		unsigned count = 0;

		if (head == tail) {
			if (ended)
				return;
			rest();
			continue;
		}
		while (tail != head) {
			const struct ct_frame *frame = (const void *)(ring->data + tail % RING_BYTES);
			if (frame->length == CT_FRAME_PAD) {
				tail += RING_BYTES - tail % RING_BYTES;
				continue;
			}
			take(context, frame);
			tail += sizeof(*frame) + ((frame->length + 7) & ~7u);
			if (++count % TAIL_EVERY == 0)
				atomic_store_explicit(&ring->tail, tail, memory_order_release);
		}
		atomic_store_explicit(&ring->tail, tail, memory_order_release);
	}
}

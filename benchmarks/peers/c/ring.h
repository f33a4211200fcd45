/* SPDX-License-Identifier: Apache-2.0 */
/* The shared ring of conntrail between two threads: one producer, one consumer, frames that never wrap. */
#ifndef PEER_RING_H
#define PEER_RING_H

#include <stdatomic.h>
#include <stdint.h>

#define RING_BYTES (4u << 20)

struct ring {
	_Alignas(64) _Atomic uint32_t head; /* written by the producer; free-running */
	_Alignas(64) _Atomic uint32_t tail; /* written by the consumer */
	_Alignas(64) _Atomic uint32_t ended;
	_Alignas(64) uint8_t data[RING_BYTES];
};

/* Copies one frame, header and payload, `size` bytes in all, into the ring; waits for room. */
void ring_put(struct ring *ring, const void *frame, uint32_t size);

/* No frame follows. */
void ring_end(struct ring *ring);

/* Calls `take` with every frame until the producer ended. */
void ring_drain(struct ring *ring, void (*take)(void *context, const void *frame), void *context);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which records of which batch were seen: several ids per CPU, since a batch is read while it grows and comes whole later. */
#ifndef PEER_DEDUP_H
#define PEER_DEDUP_H

#include <stdint.h>

#define DEDUP_CPUS 64
#define DEDUP_SLOTS 8

struct dedup {
	struct {
		uint64_t id;
		uint32_t seen;
	} slots[DEDUP_CPUS][DEDUP_SLOTS];
	uint8_t next[DEDUP_CPUS];
};

/* Remembers that `length` records of the batch were seen; returns how many had been before. */
uint32_t dedup_see(struct dedup *dedup, uint32_t cpu, uint64_t id, uint32_t length);

#endif

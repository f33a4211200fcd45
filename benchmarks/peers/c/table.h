/* SPDX-License-Identifier: Apache-2.0 */
/* What was told of each connection, by cookie and generation; a closed one stays buried until a snapshot begun after its close ends. */
#ifndef PEER_TABLE_H
#define PEER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "conn.h"

struct deltas {
	uint64_t sent_bytes, received_bytes, sent_packets, received_packets;
	uint64_t retransmits;
	uint32_t established, closed;
};

struct entry {
	uint64_t cookie;
	uint32_t generation;
	uint8_t buried, told_established;
	uint32_t link; /* next in the free list or the queue of the buried, + 1 */
	uint32_t hash;
	uint64_t end_ns;
	uint64_t sent_bytes, received_bytes, sent_packets, received_packets;
	uint32_t retransmits;
};

struct slot {
	uint32_t hash;
	uint32_t entry; /* + 1; 0 = empty */
};

struct table {
	struct slot *slots;
	uint32_t mask, count;
	struct entry *entries;
	uint32_t capacity, used, free;
	uint32_t first_buried, last_buried; /* + 1 */
	uint64_t now_ns; /* the latest time that the frames told */
	uint64_t open, buried, repeated, late;
};

static inline uint32_t table_hash(uint64_t cookie, uint32_t generation)
{
	uint64_t h = (cookie ^ ((uint64_t)generation << 32)) * 0x9e3779b97f4a7c15u;

	return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

void table_init(struct table *table);
void table_free(struct table *table);

/* What the record adds to what was told before; false when nobody needs to hear of it. */
bool table_update(struct table *table, const struct ct_conn *conn, bool closed, struct deltas *deltas);

/* What time it is, by the boot clock of the frames; an earlier time than before changes nothing. */
void table_clock(struct table *table, uint64_t ns);

/* Connections that closed before may be forgotten. */
void table_release(struct table *table, uint64_t ns);

#endif

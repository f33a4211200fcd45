// SPDX-License-Identifier: Apache-2.0
#include "table.h"

#include <stdlib.h>

/* States that only follow a handshake: ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING. */
#define ESTABLISHED 0xb72
/* How long after the close of a UDP socket a row of it can still be read, by the frames' clock: as GRACE_NS of src/connections. */
#define GRACE_NS 2000000000ull

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

void table_init(struct table *table)
{
	*table = (struct table){.mask = (1 << 16) - 1, .capacity = 1 << 15};
	table->slots = allocate(table->mask + 1, sizeof(*table->slots));
	table->entries = allocate(table->capacity, sizeof(*table->entries));
}

void table_free(struct table *table)
{
	free(table->slots);
	free(table->entries);
}

static struct entry *find(struct table *table, uint32_t hash, uint64_t cookie, uint32_t generation)
{
	for (uint32_t at = hash & table->mask; table->slots[at].entry; at = (at + 1) & table->mask) {
		if (table->slots[at].hash != hash)
			continue;
		struct entry *entry = &table->entries[table->slots[at].entry - 1];
		if (entry->cookie == cookie && entry->generation == generation)
			return entry;
	}
	return NULL;
}

static void put(struct table *table, struct slot slot)
{
	uint32_t at = slot.hash & table->mask;

	while (table->slots[at].entry)
		at = (at + 1) & table->mask;
	table->slots[at] = slot;
}

static void grow(struct table *table)
{
	struct slot *old = table->slots;
	uint32_t size = table->mask + 1;

	table->mask = 2 * size - 1;
	table->slots = allocate(2 * size, sizeof(*old));
	for (uint32_t i = 0; i < size; i++)
		if (old[i].entry)
			put(table, old[i]);
	free(old);
}

static struct entry *insert(struct table *table, uint32_t hash, uint64_t cookie, uint32_t generation)
{
	uint32_t number = table->free;

	if (number) {
		table->free = table->entries[number - 1].link;
	} else {
		if (table->used == table->capacity) {
			table->capacity *= 2;
			table->entries = realloc(table->entries, (size_t)table->capacity * sizeof(*table->entries));
			if (!table->entries)
				abort();
		}
		number = ++table->used;
	}
	if (++table->count > (table->mask + 1) / 16 * 9)
		grow(table);
	put(table, (struct slot){hash, number});
	table->entries[number - 1] = (struct entry){.cookie = cookie, .generation = generation, .hash = hash};
	table->open++;
	return &table->entries[number - 1];
}

static void erase(struct table *table, uint32_t number)
{
	struct slot *slots = table->slots;
	uint32_t mask = table->mask;
	uint32_t hole = table->entries[number - 1].hash & mask;

	while (slots[hole].entry != number)
		hole = (hole + 1) & mask;
	/* Later members of the cluster move up, so that no search meets a hole before its goal. */
	for (uint32_t at = (hole + 1) & mask; slots[at].entry; at = (at + 1) & mask) {
		if (((at - slots[at].hash) & mask) < ((at - hole) & mask))
			continue;
		slots[hole] = slots[at];
		hole = at;
	}
	slots[hole].entry = 0;
	table->count--;
}

static void bury(struct table *table, struct entry *entry, uint64_t end_ns)
{
	uint32_t number = entry - table->entries + 1;

	entry->buried = 1;
	entry->end_ns = end_ns;
	entry->link = 0;
	if (table->last_buried)
		table->entries[table->last_buried - 1].link = number;
	else
		table->first_buried = number;
	table->last_buried = number;
	table->open--;
	table->buried++;
}

/* When a row of the connection can have been read last. UDP records tell of the last datagram, however long ago the socket was closed. */
static uint64_t closed_ns(const struct table *table, const struct ct_conn *conn)
{
	uint64_t readable = table->now_ns + GRACE_NS;

	return conn->protocol == CT_UDP && readable > conn->end_ns ? readable : conn->end_ns;
}

bool table_update(struct table *table, const struct ct_conn *conn, bool closed, struct deltas *deltas)
{
	uint32_t hash = table_hash(conn->cookie, conn->generation);
	struct entry *entry = find(table, hash, conn->cookie, conn->generation);
	bool established = conn->protocol == CT_TCP && conn->transitions & ESTABLISHED;
	bool fresh = !entry;

	if (entry && entry->buried) {
		if (closed)
			table->repeated++;
		else
			table->late++;
		return false;
	}
	if (fresh)
		entry = insert(table, hash, conn->cookie, conn->generation);
	*deltas = (struct deltas){
		.sent_bytes = conn->sent_bytes - entry->sent_bytes,
		.received_bytes = conn->received_bytes - entry->received_bytes,
		.sent_packets = conn->sent_packets - entry->sent_packets,
		.received_packets = conn->received_packets - entry->received_packets,
		.retransmits = conn->retransmits - entry->retransmits,
		.established = established && !entry->told_established,
		.closed = closed,
	};
	if (closed) {
		bury(table, entry, closed_ns(table, conn));
		return true;
	}
	bool changed = fresh || deltas->established ||
		       (deltas->sent_bytes | deltas->received_bytes | deltas->sent_packets | deltas->received_packets |
			deltas->retransmits);
	entry->sent_bytes = conn->sent_bytes;
	entry->received_bytes = conn->received_bytes;
	entry->sent_packets = conn->sent_packets;
	entry->received_packets = conn->received_packets;
	entry->retransmits = conn->retransmits;
	entry->told_established |= established;
	return changed;
}

void table_clock(struct table *table, uint64_t ns)
{
	if (ns > table->now_ns)
		table->now_ns = ns;
}

void table_release(struct table *table, uint64_t ns)
{
	while (table->first_buried) {
		uint32_t number = table->first_buried;
		struct entry *entry = &table->entries[number - 1];

		/* Closes of several CPUs are nearly in order; one that is not waits for the next time. */
		if (entry->end_ns >= ns)
			return;
		table->first_buried = entry->link;
		if (!table->first_buried)
			table->last_buried = 0;
		erase(table, number);
		entry->link = table->free;
		table->free = number;
		table->buried--;
	}
}

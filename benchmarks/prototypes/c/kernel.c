// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

#include <stddef.h>
#include <stdlib.h>

#include "avro.h"
#include "table.h"

_Static_assert(offsetof(struct exchange, records) == 472, "exchange.ts: RECORDS");
_Static_assert(offsetof(struct exchange, block) == 11736, "exchange.ts: BLOCK");

struct kernel {
	struct exchange *exchange;
	struct table table;
	struct avro_prefix prefix;
	uint64_t seq;
	uint64_t touched; /* keeps early loads alive: what nobody uses is optimized away */
};

struct kernel *kernel_new(struct exchange *exchange)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		abort();
	kernel->exchange = exchange;
	table_init(&kernel->table);
	avro_prefix(&kernel->prefix, exchange->host, exchange->boot_id);
	return kernel;
}

void kernel_free(struct kernel *kernel)
{
	table_free(&kernel->table);
	free(kernel);
}

/* Two passes of loads that do not depend on each other, so that their cache misses overlap. */
static uint64_t touch(const struct table *table, const struct ct_conn *records, uint32_t count)
{
	uint32_t found[KERNEL_RECORDS];
	uint64_t touched = 0;

	for (uint32_t i = 0; i < count; i++)
		found[i] = table->slots[table_hash(records[i].cookie, records[i].generation) & table->mask].entry;
	for (uint32_t i = 0; i < count; i++)
		if (found[i])
			touched ^= table->entries[found[i] - 1].cookie ^ table->entries[found[i] - 1].retransmits;
	return touched;
}

void kernel_run(struct kernel *kernel, const struct ct_conn *records)
{
	struct exchange *exchange = kernel->exchange;
	struct table *table = &kernel->table;
	int64_t wall_offset_us = (int64_t)exchange->wall_offset_us;
	uint32_t count = exchange->count;
	bool closed = exchange->closed;
	uint8_t *p = exchange->block + exchange->used;
	uint32_t i = exchange->next;
	struct deltas d;

	if (!i)
		kernel->touched ^= touch(table, records, count);
	for (; i < count && exchange->block + KERNEL_BLOCK - p >= AVRO_MAX_RECORD; i++) {
		bool keep = exchange->verdicts[i] == KERNEL_KEEP;
		uint64_t refused = table->repeated + table->late;

		/* A close that is not asked for is remembered all the same. */
		if (!keep && !closed)
			continue;
		bool news = table_update(table, &records[i], closed, &d);
		if (table->repeated + table->late != refused)
			exchange->verdicts[i] = closed ? KERNEL_REPEATED : KERNEL_LATE;
		if (!news || !keep)
			continue;
		p = avro_connection(p, &kernel->prefix, &records[i], &d, ++kernel->seq, wall_offset_us);
		exchange->emitted++;
	}
	exchange->next = i;
	exchange->used = p - exchange->block;
	exchange->late = table->late;
	exchange->open = table->open;
	exchange->buried = table->buried;
	exchange->table_bytes = (double)table->used * sizeof(struct entry) + (table->mask + 1.0) * sizeof(struct slot);
}

void kernel_release(struct kernel *kernel)
{
	table_clock(&kernel->table, (uint64_t)kernel->exchange->now_ns);
	table_release(&kernel->table, (uint64_t)kernel->exchange->release_ns);
}

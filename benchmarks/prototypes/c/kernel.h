/* SPDX-License-Identifier: Apache-2.0 */
/* Connection table and Avro encoder behind one call per batch: what takes the place of `track` and `encode` in the pipeline. */
#ifndef PROTOTYPE_KERNEL_H
#define PROTOTYPE_KERNEL_H

#include <stdint.h>

#include "conn.h"

/* Most records of a batch, and bytes of a block: RECORDS_PER_BATCH and BLOCK_BYTES of src/. */
#define KERNEL_RECORDS 64
#define KERNEL_BLOCK (64 * 1024)

/* As src/connections/record-batch.ts numbers them. */
enum kernel_verdict {
	KERNEL_KEEP = 0,
	KERNEL_FILTERED = 1,
	KERNEL_REPEATED = 2,
	KERNEL_LATE = 3,
};

/* What kernel and TypeScript hand each other, in memory of both. exchange.ts has the same offsets. */
struct exchange {
	double wall_offset_us;
	double release_ns; /* connections that closed before may be forgotten */
	double now_ns; /* boot clock of the frames */
	uint32_t
		base; /* of the records in the memory the addon was given; not used where they are copied to `records` */
	uint32_t next; /* first record to take; after a call less than count when the block is full */
	uint32_t count;
	uint32_t closed; /* 1: closed connections; 0: rows of a snapshot */
	uint32_t used; /* bytes of the block; TypeScript takes them and puts 0 */
	uint32_t emitted; /* records in these bytes; likewise */
	double late, open, buried, table_bytes;
	char host[256], boot_id[72]; /* ended by 0; read once, at the start */
	uint8_t verdicts[KERNEL_RECORDS];
	struct ct_conn records[KERNEL_RECORDS];
	uint8_t block[KERNEL_BLOCK];
};

struct kernel;

struct kernel *kernel_new(struct exchange *exchange);
void kernel_free(struct kernel *kernel);

/* Takes records of the batch until it ends or the block is full; leaves final verdicts. */
void kernel_run(struct kernel *kernel, const struct ct_conn *records);

/* Acts on release_ns and now_ns. */
void kernel_release(struct kernel *kernel);

#endif

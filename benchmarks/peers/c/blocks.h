/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded records, 64 KiB at a time, to /dev/null. */
#ifndef PEER_BLOCKS_H
#define PEER_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "avro.h"

#define BLOCK_BYTES (64 * 1024)

struct blocks {
	uint8_t bytes[BLOCK_BYTES];
	uint8_t *end;
	int fd;
	bool check; /* checksum of every block instead of every 256th */
	uint64_t blocks, total;
	uint32_t crc;
};

void blocks_init(struct blocks *blocks, bool check);

/* Where the next record goes; a block that might not hold it is written first. */
uint8_t *blocks_room(struct blocks *blocks);

void blocks_close(struct blocks *blocks);

#endif

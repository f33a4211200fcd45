// SPDX-License-Identifier: Apache-2.0
#include "blocks.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define SAMPLE 256

void blocks_init(struct blocks *blocks, bool check)
{
	blocks->end = blocks->bytes;
	blocks->fd = open("/dev/null", O_WRONLY);
	blocks->check = check;
	blocks->blocks = blocks->total = 0;
	blocks->crc = 0;
}

static void cut(struct blocks *blocks)
{
	size_t size = blocks->end - blocks->bytes;

	if (!size)
		return;
	if (blocks->blocks++ % SAMPLE == 0 || blocks->check)
		blocks->crc = crc32(blocks->crc, blocks->bytes, size);
	blocks->total += size;
	if (write(blocks->fd, blocks->bytes, size) != (ssize_t)size)
		abort();
	blocks->end = blocks->bytes;
}

uint8_t *blocks_room(struct blocks *blocks)
{
	if (blocks->bytes + BLOCK_BYTES - blocks->end < AVRO_MAX_RECORD)
		cut(blocks);
	return blocks->end;
}

void blocks_close(struct blocks *blocks)
{
	cut(blocks);
	close(blocks->fd);
}

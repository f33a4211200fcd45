/* SPDX-License-Identifier: Apache-2.0 */
/* Frames in, records out: dedup, table, Avro. */
#ifndef PEER_PIPELINE_H
#define PEER_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "blocks.h"
#include "dedup.h"
#include "frames.h"
#include "table.h"

struct pipeline {
	struct dedup dedup;
	struct table table;
	struct blocks blocks;
	struct avro_prefix prefix;
	bool avro; /* else only the deltas are added up */
	int64_t wall_offset_us;
	uint64_t frames, records, kept, discarded, emitted, sum;
};

/* Never moves: it holds its block. */
struct pipeline *pipeline_new(bool avro, bool check);
void pipeline_free(struct pipeline *pipeline);

void pipeline_push(struct pipeline *pipeline, const struct ct_frame *frame);

/* Writes the last block. */
void pipeline_finish(struct pipeline *pipeline);

#endif

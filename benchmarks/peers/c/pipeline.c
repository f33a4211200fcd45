// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"

#include <stdlib.h>

static const char host[] = "bench-host-01";
static const char boot_id[] = "2b6f0cc9-04d1-46e1-a5de-0a31ae4f1d4c";

struct pipeline *pipeline_new(bool avro, bool check)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));

	if (!pipeline)
		abort();
	table_init(&pipeline->table);
	blocks_init(&pipeline->blocks, check);
	avro_prefix(&pipeline->prefix, host, boot_id);
	pipeline->avro = avro;
	return pipeline;
}

void pipeline_free(struct pipeline *pipeline)
{
	table_free(&pipeline->table);
	free(pipeline);
}

static void records(struct pipeline *pipeline, const struct ct_conn *conn, uint32_t count, bool closed)
{
	struct deltas d;

	for (const struct ct_conn *end = conn + count; conn < end; conn++) {
		uint64_t repeated = pipeline->table.repeated;
		if (!table_update(&pipeline->table, conn, closed, &d)) {
			pipeline->discarded += pipeline->table.repeated - repeated;
			continue;
		}
		pipeline->kept += closed;
		pipeline->emitted++;
		if (!pipeline->avro) {
			pipeline->sum +=
				d.sent_bytes + d.received_bytes + d.sent_packets + d.received_packets + d.retransmits;
			continue;
		}
		pipeline->blocks.end = avro_connection(blocks_room(&pipeline->blocks), &pipeline->prefix, conn, &d,
						       pipeline->emitted, pipeline->wall_offset_us);
	}
}

static void batch(struct pipeline *pipeline, const struct ct_frame *frame, const struct ct_batch *batch)
{
	uint32_t known, seen, start;

	if (batch->len > CT_BATCH_CAPACITY || batch->cpu >= DEDUP_CPUS || frame->fresh > batch->len)
		return;
	known = batch->len - frame->fresh;
	seen = dedup_see(&pipeline->dedup, batch->cpu, batch->head_id, batch->len);
	start = seen > known ? seen : known;
	if (start > batch->len)
		start = batch->len;
	pipeline->discarded += start - known;
	records(pipeline, batch->records + start, batch->len - start, true);
}

void pipeline_push(struct pipeline *pipeline, const struct ct_frame *frame)
{
	const void *payload = frame + 1;

	pipeline->frames++;
	switch (frame->kind) {
	case CT_CONNECTIONS_KIND_BATCH:
	case CT_CONNECTIONS_KIND_PENDING:
		pipeline->records += frame->fresh;
		batch(pipeline, frame, payload);
		break;
	case CT_CONNECTIONS_KIND_SINGLE:
		pipeline->records++;
		records(pipeline, &((const struct ct_single *)payload)->record, 1, true);
		break;
	case CT_CONNECTIONS_KIND_SNAPSHOT:
		pipeline->records += frame->length / sizeof(struct ct_conn);
		records(pipeline, payload, frame->length / sizeof(struct ct_conn), false);
		break;
	case CT_CONNECTIONS_KIND_SNAPSHOT_END:
		table_clock(&pipeline->table, ((const struct ct_snapshot_mark *)payload)->boot_ns);
		table_release(&pipeline->table, ((const struct ct_snapshot_mark *)payload)->boot_ns);
		break;
	case CT_CORE_KIND_CLOCK:
		table_clock(&pipeline->table, ((const struct ct_clock *)payload)->boot_ns);
		pipeline->wall_offset_us = ((const struct ct_clock *)payload)->wall_offset_us;
		break;
	}
}

void pipeline_finish(struct pipeline *pipeline)
{
	blocks_close(&pipeline->blocks);
}

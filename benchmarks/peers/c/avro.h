/* SPDX-License-Identifier: Apache-2.0 */
/* Avro binary of schemas/connection.avsc. */
#ifndef PEER_AVRO_H
#define PEER_AVRO_H

#include <stddef.h>
#include <stdint.h>

#include "conn.h"
#include "table.h"

/* Most bytes of one record, as the TypeScript encoder promises; blocks are cut by it, so all peers have the same number. */
#define AVRO_MAX_RECORD 3872

/* Host and boot id as Avro strings, and the run, 0: what every record begins with. */
struct avro_prefix {
	uint8_t bytes[400];
	size_t length;
};

void avro_prefix(struct avro_prefix *prefix, const char *host, const char *boot_id);

/* Writes one record; returns the position behind it. */
uint8_t *avro_connection(uint8_t *p, const struct avro_prefix *prefix, const struct ct_conn *conn,
			 const struct deltas *deltas, uint64_t seq, int64_t wall_offset_us);

#endif

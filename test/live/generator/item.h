/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan asks of a scenario. */
#ifndef TRAFFIC_ITEM_H
#define TRAFFIC_ITEM_H

#include <stdint.h>

struct item {
	const char *kind;
	uint32_t number; /* of the connection or exchange, from 0; with `span`, of the first */
	uint32_t variant; /* running number within the kind */
	uint32_t total; /* how many numbers there are in all */
	/* Prime, and different for each number: those of `number` + i are item_bytes(item, i, ITEM_REQUEST) and …RESPONSE. */
};

enum item_way {
	ITEM_REQUEST,
	ITEM_RESPONSE,
};

/* Bytes that connection `number` + `offset` sends that way: a prime that stands for that number. */
uint32_t item_bytes(const struct item *item, uint32_t offset, enum item_way way);

#endif

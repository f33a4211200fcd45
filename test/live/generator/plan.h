/* SPDX-License-Identifier: Apache-2.0 */
/* Which scenario gets how many of the connections and exchanges, and in which order they come. */
#ifndef TRAFFIC_PLAN_H
#define TRAFFIC_PLAN_H

#include "item.h"
#include "lane.h"

typedef void scenario(struct lane *lane, const struct item *item);

struct step {
	scenario *run;
	struct item item;
};

struct plan {
	struct step *first; /* to be made before the others: connections that last */
	uint32_t first_count;
	struct step *steps; /* in a random order that the seed decides */
	uint32_t count;
};

/* `lossy`: segments to LISTENER_LOSSY are dropped; without that, these connections are plain ones. */
void plan_make(struct plan *plan, uint32_t connections, uint32_t exchanges, uint32_t seed, bool lossy);

#endif

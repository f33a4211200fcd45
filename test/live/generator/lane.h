/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One strand of the generator: a process that connects, a master that listens, and workers that accept. Within a lane things happen
 * one after another, so that the outcome of each call is certain; several lanes run at once.
 */
#ifndef TRAFFIC_LANE_H
#define TRAFFIC_LANE_H

#include "actor.h"
#include "namespace.h"

#include <stdio.h>

#define LANE_WORKERS 3
#define LANE_MOST 8
#define LOSSY_FIRST_PORT 6900
#define LOSSY_LAST_PORT (LOSSY_FIRST_PORT + LANE_MOST - 1)

enum listener {
	LISTENER_V4,
	LISTENER_V6,
	LISTENER_DUAL, /* IPv6 wildcard, which takes IPv4 too */
	LISTENER_LOSSY, /* IPv4; some segments to it are dropped */
	LISTENERS,
};

struct lane {
	unsigned int index;
	const struct namespaces *spaces;
	bool lossy; /* segments to LISTENER_LOSSY are really dropped */
	struct actor client; /* the lane's own process */
	struct actor master;
	struct actor workers[LANE_WORKERS];
	int listeners[LISTENERS]; /* descriptors; the same in master and workers */
	FILE *list;
};

/* Called in the lane's process, which is in the clients' namespace. */
void lane_start(struct lane *lane, unsigned int index, const struct namespaces *spaces, bool lossy, FILE *list);

/* The address at which a client of `family` reaches the listener. */
union address lane_listener(const struct lane *lane, enum listener listener, enum family family);

/* An address of the servers' namespace where nobody listens. */
union address lane_nobody(const struct lane *lane, enum family family);

/* An address of either namespace with any port. */
union address lane_server_address(const struct lane *lane, enum family family, uint16_t port);
union address lane_client_address(const struct lane *lane, enum family family, uint16_t port);

#endif

// SPDX-License-Identifier: Apache-2.0
#include "lane.h"

#include "die.h"

#include <unistd.h>

#define FIRST_PORT 7000
#define PORTS_PER_LANE 16
#define NOBODY_OFFSET (PORTS_PER_LANE - 1)
#define NOBODY 65534 /* the user one of the workers runs as */

static uint16_t port_of(const struct lane *lane, enum listener listener)
{
	if (listener == LISTENER_LOSSY)
		return LOSSY_FIRST_PORT + lane->index;
	return FIRST_PORT + lane->index * PORTS_PER_LANE + listener;
}

union address lane_server_address(const struct lane *lane, enum family family, uint16_t port)
{
	return address_make(family, family == FAMILY_V6 ? lane->spaces->server_v6 : lane->spaces->server_v4, port);
}

union address lane_client_address(const struct lane *lane, enum family family, uint16_t port)
{
	return address_make(family, family == FAMILY_V6 ? lane->spaces->client_v6 : lane->spaces->client_v4, port);
}

union address lane_listener(const struct lane *lane, enum listener listener, enum family family)
{
	return lane_server_address(lane, family, port_of(lane, listener));
}

union address lane_nobody(const struct lane *lane, enum family family)
{
	return lane_server_address(lane, family, FIRST_PORT + lane->index * PORTS_PER_LANE + NOBODY_OFFSET);
}

static int open_listener(const struct lane *lane, struct actor *self, enum listener listener)
{
	enum family family = listener == LISTENER_V4 || listener == LISTENER_LOSSY ? FAMILY_V4 : FAMILY_V6;
	struct request socket = {.operation = OPERATION_SOCKET, .option = family_domain(family), .flags = SOCK_STREAM};
	struct request bind = {.operation = OPERATION_BIND, .address = lane_listener(lane, listener, family)};
	int one = 1;

	if (listener == LISTENER_DUAL)
		bind.address = address_make(FAMILY_V6, NULL, port_of(lane, listener));
	bind.fd = actor_do(self, &socket);
	if (setsockopt(bind.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("SO_REUSEADDR");
	actor_do(self, &bind);
	return bind.fd;
}

/*
 * The sockets are made first and shared by fork; it is the master that listens, and workers that accept, as pre-forking servers have it.
 */
void lane_start(struct lane *lane, unsigned int index, const struct namespaces *spaces, bool lossy, FILE *list)
{
	char name[ACTOR_NAME_LENGTH];
	unsigned int i;

	*lane = (struct lane){.index = index, .spaces = spaces, .lossy = lossy, .list = list};
	snprintf(name, sizeof(name), "ct-client%u", index);
	actor_self(&lane->client, name);
	namespace_enter(spaces->server);
	for (i = 0; i < LISTENERS; i++)
		lane->listeners[i] = open_listener(lane, &lane->client, i);
	snprintf(name, sizeof(name), "ct-master%u", index);
	actor_fork(&lane->master, name, 0);
	for (i = 0; i < LANE_WORKERS; i++) {
		snprintf(name, sizeof(name), "ct-worker%u.%u", index, i);
		actor_fork(&lane->workers[i], name, i == LANE_WORKERS - 1 ? NOBODY : 0);
	}
	for (i = 0; i < LISTENERS; i++) {
		struct request listen = {.operation = OPERATION_LISTEN, .fd = lane->listeners[i]};

		actor_do(&lane->master, &listen);
		close(lane->listeners[i]);
	}
	namespace_enter(spaces->client);
}

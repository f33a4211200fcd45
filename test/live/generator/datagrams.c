// SPDX-License-Identifier: Apache-2.0
#include "udp_kinds.h"

struct ends {
	struct udp_socket client;
	struct udp_socket server;
	union address to;
	union address from;
};

/* A server socket of its own in one of the workers, and a client, connected or not. */
static void open_ends(struct ends *ends, struct lane *lane, const struct item *item, enum family family, bool connects)
{
	udp_open(&ends->server, lane, &lane->workers[item->variant % LANE_WORKERS], item, family);
	udp_bind(&ends->server, lane_server_address(lane, family, 0));
	ends->to = ends->server.local;
	udp_open(&ends->client, lane, &lane->client, item, family);
	udp_bind(&ends->client, lane_client_address(lane, family, 0));
	ends->from = ends->client.local;
	if (connects)
		udp_connect(&ends->client, ends->to);
}

static void close_ends(struct ends *ends)
{
	udp_close(&ends->client);
	udp_close(&ends->server);
}

/* The server never asks who sent; it knows its client by other means. Two conversations: with nobody known, and with the client. */
void udp_no_address(struct lane *lane, const struct item *item)
{
	struct ends e;

	open_ends(&e, lane, item, item->variant % 2 ? FAMILY_V6 : FAMILY_V4, item->variant / 2 % 2);
	udp_send(&e.client, &e.to, item_bytes(item, 0, ITEM_REQUEST));
	udp_receive(&e.server, NULL, item_bytes(item, 0, ITEM_REQUEST));
	if (item->variant % 3) {
		udp_send(&e.server, &e.from, item_bytes(item, 0, ITEM_RESPONSE));
		udp_receive(&e.client, &e.to, item_bytes(item, 0, ITEM_RESPONSE));
	}
	close_ends(&e);
}

void udp_refused(struct lane *lane, const struct item *item)
{
	enum family family = item->variant % FAMILIES;
	struct udp_socket client;

	udp_open(&client, lane, &lane->client, item, family);
	udp_connect(&client, lane_nobody(lane, family));
	udp_send(&client, NULL, item_bytes(item, 0, ITEM_REQUEST));
	udp_expect_refusal(&client);
	udp_close(&client);
}

/* More comes than the receiver has room for: the sender counts what it sent, the receiver what it was given. */
void udp_overflow(struct lane *lane, const struct item *item)
{
	struct request small = {.operation = OPERATION_SMALL_BUFFER};
	struct ends e;
	int i;

	open_ends(&e, lane, item, item->variant % 2 ? FAMILY_V6 : FAMILY_V4, true);
	small.fd = e.client.fd;
	actor_do(e.client.actor, &small);
	udp_send(&e.client, NULL, 97);
	udp_receive(&e.server, &e.from, 97);
	for (i = 0; i < 12; i++)
		udp_send(&e.server, &e.from, 601);
	udp_receive(&e.client, NULL, 601);
	udp_drain(&e.client);
	close_ends(&e);
}

/* The server connects its socket to whoever was first: the conversation goes on. */
void udp_served(struct lane *lane, const struct item *item)
{
	enum family family = item->variant % FAMILIES;
	struct ends e;

	open_ends(&e, lane, item, family, item->variant % 2);
	udp_send(&e.client, &e.to, item_bytes(item, 0, ITEM_REQUEST));
	udp_receive(&e.server, &e.from, item_bytes(item, 0, ITEM_REQUEST));
	udp_connect(&e.server, e.from);
	udp_send(&e.server, NULL, item_bytes(item, 0, ITEM_RESPONSE));
	udp_receive(&e.client, &e.to, item_bytes(item, 0, ITEM_RESPONSE));
	udp_send(&e.client, &e.to, 1);
	udp_receive(&e.server, NULL, 1);
	close_ends(&e);
}

/* One socket, connected to one server and then to another: two conversations. */
void udp_retarget(struct lane *lane, const struct item *item)
{
	enum family family = item->variant % 2 ? FAMILY_V6 : FAMILY_V4;
	struct udp_socket second;
	struct ends e;

	open_ends(&e, lane, item, family, true);
	udp_open(&second, lane, &lane->workers[(item->variant + 1) % LANE_WORKERS], item, family);
	udp_bind(&second, lane_server_address(lane, family, 0));

	udp_send(&e.client, NULL, item_bytes(item, 0, ITEM_REQUEST));
	udp_receive(&e.server, &e.from, item_bytes(item, 0, ITEM_REQUEST));
	udp_connect(&e.client, second.local);
	udp_send(&e.client, NULL, item_bytes(item, 0, ITEM_RESPONSE));
	udp_receive(&second, &e.from, item_bytes(item, 0, ITEM_RESPONSE));
	udp_close(&second);
	close_ends(&e);
}

/* Bound, and connected, and closed: nothing happened. */
void udp_unused(struct lane *lane, const struct item *item)
{
	struct ends e;

	open_ends(&e, lane, item, item->variant % FAMILIES, item->variant % 2);
	close_ends(&e);
}

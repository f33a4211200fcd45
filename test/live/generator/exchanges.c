// SPDX-License-Identifier: Apache-2.0
#include "udp_kinds.h"

#include "die.h"

#include <errno.h>

/* Two sockets with an address of their own, and one bound to the wildcard for both families. */
static struct udp_socket servers[3];

enum { SERVER_V4, SERVER_V6, SERVER_DUAL };

void udp_servers_start(struct lane *lane)
{
	struct item item = {.kind = "udp-server"};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		enum family family = i == SERVER_V4 ? FAMILY_V4 : FAMILY_V6;

		udp_open(&servers[i], lane, &lane->workers[i], &item, family);
		servers[i].common.lasting = true;
		udp_bind(&servers[i],
			 i == SERVER_DUAL ? address_make(FAMILY_V6, NULL, 0) : lane_server_address(lane, family, 0));
	}
}

void udp_servers_end(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		udp_close(&servers[i]);
}

struct udp_socket *udp_server(struct lane *lane, enum family family, uint32_t variant, union address *address)
{
	struct udp_socket *server = &servers[SERVER_DUAL];

	if (variant % 2)
		server = &servers[family == FAMILY_V6 ? SERVER_V6 : SERVER_V4];
	*address = lane_server_address(lane, family, address_port(&server->local));
	return server;
}

struct exchange {
	struct udp_socket client;
	struct udp_socket *server;
	union address to;
	union address from; /* the client's, as the server sees it; known after the first send */
	uint32_t request;
	uint32_t response;
};

static void begin(struct exchange *exchange, struct lane *lane, const struct item *item)
{
	enum family family = item->variant % FAMILIES;

	exchange->server = udp_server(lane, family, item->variant / FAMILIES, &exchange->to);
	exchange->request = item_bytes(item, 0, ITEM_REQUEST);
	exchange->response = item_bytes(item, 0, ITEM_RESPONSE);
	udp_open(&exchange->client, lane, &lane->client, item, family);
}

/* The client's address; an unconnected one has the port only. */
static void learn_client(struct exchange *exchange)
{
	struct lane *lane = exchange->client.lane;
	enum family family = address_is_v4(&exchange->to) ? FAMILY_V4 : FAMILY_V6;

	exchange->from = lane_client_address(lane, family, address_port(&exchange->client.local));
}

void udp_connected(struct lane *lane, const struct item *item)
{
	struct exchange e;

	begin(&e, lane, item);
	udp_connect(&e.client, e.to);
	learn_client(&e);
	udp_send(&e.client, NULL, e.request);
	udp_receive(e.server, &e.from, e.request);
	udp_send(e.server, &e.from, e.response);
	/* Asking who sent makes no difference on a connected socket. */
	udp_receive(&e.client, item->variant / 2 % 2 ? &e.to : NULL, e.response);
	udp_close(&e.client);
}

void udp_unconnected(struct lane *lane, const struct item *item)
{
	struct exchange e;

	begin(&e, lane, item);
	udp_send(&e.client, &e.to, e.request);
	learn_client(&e);
	udp_receive(e.server, &e.from, e.request);
	udp_send(e.server, &e.from, e.response);
	udp_receive(&e.client, &e.to, e.response);
	udp_close(&e.client);
}

/* The answer comes too late: nobody is there to get it, but it was sent. */
void udp_lost(struct lane *lane, const struct item *item)
{
	struct exchange e;

	begin(&e, lane, item);
	if (item->variant % 2)
		udp_connect(&e.client, e.to);
	udp_send(&e.client, &e.to, e.request);
	learn_client(&e);
	udp_receive(e.server, &e.from, e.request);
	udp_close(&e.client);
	udp_send(e.server, &e.from, e.response);
}

void udp_empty(struct lane *lane, const struct item *item)
{
	struct exchange e;

	begin(&e, lane, item);
	if (item->variant % 2)
		udp_connect(&e.client, e.to);
	udp_send(&e.client, &e.to, 0);
	learn_client(&e);
	udp_receive(e.server, &e.from, 0);
	udp_send(e.server, &e.from, 0);
	udp_receive(&e.client, &e.to, 0);
	/* Not before: with RPS, a datagram in fragments and one without may overtake each other. */
	udp_send(e.server, &e.from, e.response);
	udp_receive(&e.client, &e.to, e.response);
	udp_close(&e.client);
}

/* Peeking gives the application nothing yet; the last datagram it only ever peeks at. */
void udp_peeked(struct lane *lane, const struct item *item)
{
	struct exchange e;

	begin(&e, lane, item);
	if (item->variant % 2)
		udp_connect(&e.client, e.to);
	udp_send(&e.client, &e.to, e.request);
	learn_client(&e);
	udp_peek(e.server, e.request);
	udp_peek(e.server, e.request);
	udp_receive(e.server, &e.from, e.request);
	udp_send(e.server, &e.from, e.response);
	udp_peek(&e.client, e.response);
	udp_receive(&e.client, &e.to, e.response);
	udp_send(e.server, &e.from, 31);
	udp_peek(&e.client, 31);
	udp_close(&e.client);
}

/* sendmmsg and recvmmsg. */
void udp_many(struct lane *lane, const struct item *item)
{
	uint32_t count = 2 + item->variant % 11, bytes;
	struct exchange e;

	begin(&e, lane, item);
	if (item->variant % 2)
		udp_connect(&e.client, e.to);
	e.request = e.request % 997;
	bytes = e.request * count + count * (count - 1) / 2;
	udp_send_by(&e.client,
		    (struct request){.operation = OPERATION_SEND_DATAGRAMS, .count = count, .amount = e.request}, &e.to,
		    count, bytes);
	learn_client(&e);
	udp_receive_many(e.server, &e.from, count, bytes);
	udp_send_by(e.server,
		    (struct request){.operation = OPERATION_SEND_DATAGRAMS, .count = count, .amount = e.request},
		    &e.from, count, bytes);
	udp_receive_many(&e.client, &e.to, count, bytes);
	udp_close(&e.client);
}

/* The first datagram is sent by a child that inherited the socket, the second one by its parent. */
void udp_child(struct lane *lane, const struct item *item)
{
	struct exchange e;

	begin(&e, lane, item);
	udp_connect(&e.client, e.to);
	learn_client(&e);
	udp_send_by_child(&e.client, e.request);
	udp_receive(e.server, &e.from, e.request);
	udp_send(&e.client, NULL, e.response);
	udp_receive(e.server, &e.from, e.response);
	udp_close(&e.client);
}

/* One datagram from several calls, several from one call, one that is cut short, and one that is too large to be sent. */
void udp_shapes(struct lane *lane, const struct item *item)
{
	struct request too_large = {.operation = OPERATION_SEND_DATAGRAM, .amount = 65530};
	const uint32_t segment = 211, segments = 5;
	struct exchange e;
	struct reply reply;
	uint32_t i;

	begin(&e, lane, item);
	udp_connect(&e.client, e.to);
	learn_client(&e);
	switch (item->variant % 4) {
	case 0:
		udp_send_by(&e.client,
			    (struct request){.operation = OPERATION_SEND_CORKED, .count = 3, .amount = e.request}, NULL,
			    1, e.request);
		udp_receive(e.server, &e.from, e.request);
		break;
	case 1:
		udp_send_by(&e.client,
			    (struct request){.operation = OPERATION_SEND_SEGMENTS,
					     .option = segment,
					     .amount = segment * segments - 100},
			    NULL, segments, segment * segments - 100);
		for (i = 0; i < segments; i++)
			udp_receive(e.server, &e.from, i < segments - 1 ? segment : segment - 100);
		break;
	case 2:
		udp_send(&e.client, NULL, 1009);
		udp_receive_cut(e.server, &e.from, 101);
		break;
	default:
		too_large.fd = e.client.fd;
		actor_try(e.client.actor, &too_large, &reply);
		if (reply.error != EMSGSIZE)
			die("%s %u: no EMSGSIZE", item->kind, item->number);
		udp_send(&e.client, NULL, e.request);
		udp_receive(e.server, &e.from, e.request);
	}
	udp_send(e.server, &e.from, e.response);
	udp_receive(&e.client, NULL, e.response);
	udp_close(&e.client);
}

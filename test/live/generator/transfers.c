// SPDX-License-Identifier: Apache-2.0
#include "tcp_kinds.h"

#include "die.h"
#include "primes.h"

#include <errno.h>

#define SMALL 4093 /* bytes that fit into any socket buffer: nobody need read while they are sent */

static void open_routed(struct tcp_pair *pair, struct lane *lane, const struct item *item)
{
	enum listener listener;
	enum family family;

	tcp_route(item->variant, &family, &listener);
	tcp_open(pair, lane, item, family, listener);
}

/* Closes one end, then the other once it has seen the end of the stream. */
static void close_in_order(struct tcp_end *first, struct tcp_end *second)
{
	tcp_close(first);
	tcp_receive_end(second);
	tcp_close(second);
}

/* Every call to send with every call to receive; either end closes first. */
void tcp_plain(struct lane *lane, const struct item *item)
{
	enum send_method send = item->variant % SEND_METHODS;
	/* Splicing in is a scenario of its own, tcp_spliced. */
	enum receive_method receive = item->variant / SEND_METHODS % RECEIVE_SPLICE;
	bool client_closes = item->variant % 2;
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	tcp_move(&pair.client, &pair.server, item_bytes(item, 0, ITEM_REQUEST), send, receive);
	tcp_move(&pair.server, &pair.client, item_bytes(item, 0, ITEM_RESPONSE), send, receive);
	if (client_closes)
		close_in_order(&pair.client, &pair.server);
	else
		close_in_order(&pair.server, &pair.client);
	tcp_write_both(&pair);
}

void tcp_half_closed(struct lane *lane, const struct item *item)
{
	struct tcp_end *first, *second;
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	first = item->variant % 2 ? &pair.server : &pair.client;
	second = item->variant % 2 ? &pair.client : &pair.server;
	tcp_move(first, second, item_bytes(item, 0, first == &pair.client ? ITEM_REQUEST : ITEM_RESPONSE), SEND_SEND,
		 RECEIVE_RECV);
	tcp_shutdown(first, SHUT_WR);
	tcp_receive_end(second);
	tcp_move(second, first, item_bytes(item, 0, second == &pair.client ? ITEM_REQUEST : ITEM_RESPONSE), SEND_WRITE,
		 RECEIVE_READ);
	close_in_order(second, first);
	tcp_write_both(&pair);
}

void tcp_server_first(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	tcp_move(&pair.server, &pair.client, item_bytes(item, 0, ITEM_RESPONSE), SEND_SENDFILE, RECEIVE_READ);
	close_in_order(&pair.server, &pair.client);
	tcp_write_both(&pair);
}

/* shutdown(SHUT_RD) sends nothing, and what arrives later still counts. */
void tcp_read_shut(struct lane *lane, const struct item *item)
{
	uint32_t late = item_bytes(item, 0, ITEM_RESPONSE) % SMALL + 1;
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	tcp_move(&pair.client, &pair.server, item_bytes(item, 0, ITEM_REQUEST), SEND_SEND, RECEIVE_RECV);
	tcp_shutdown(&pair.client, SHUT_RD);
	tcp_leave_unread(&pair.server, &pair.client, late);
	/* Read after all, so that the close is in good order. */
	tcp_take(&pair.client, late);
	close_in_order(&pair.client, &pair.server);
	tcp_write_both(&pair);
}

/* Nothing but splice, and the worker's close: what sendfile-style proxies do. */
void tcp_spliced(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	tcp_move(&pair.client, &pair.server, item_bytes(item, 0, ITEM_REQUEST), SEND_SPLICE, RECEIVE_SPLICE);
	if (item->variant % 2)
		tcp_move(&pair.server, &pair.client, item_bytes(item, 0, ITEM_RESPONSE), SEND_SPLICE, RECEIVE_SPLICE);
	/* The server first: it closes without having read. */
	close_in_order(&pair.server, &pair.client);
	tcp_write_both(&pair);
}

void tcp_megabytes(struct lane *lane, const struct item *item)
{
	uint32_t base = 3000000 + item->variant * 100003;
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	tcp_move(&pair.client, &pair.server, prime_from(base), item->variant % SEND_METHODS, RECEIVE_RECV);
	tcp_move(&pair.server, &pair.client, prime_from(base + 50001), SEND_SENDFILE, RECEIVE_SPLICE);
	close_in_order(&pair.client, &pair.server);
	tcp_write_both(&pair);
}

/* Segments are dropped on the way and sent again: they count once. */
void tcp_lossy(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;

	tcp_open(&pair, lane, item, FAMILY_V4, LISTENER_LOSSY);
	tcp_move(&pair.client, &pair.server, prime_from(500000 + item->variant * 1009), SEND_SEND, RECEIVE_RECV);
	tcp_move(&pair.server, &pair.client, item_bytes(item, 0, ITEM_RESPONSE), SEND_SEND, RECEIVE_RECV);
	tcp_settle(&pair.client);
	tcp_settle(&pair.server);
	close_in_order(&pair.server, &pair.client);
	tcp_write_both(&pair);
}

/* One socket that is both ends. */
void tcp_self(struct lane *lane, const struct item *item)
{
	uint32_t bytes = item_bytes(item, 0, ITEM_REQUEST) % SMALL + 1;
	enum family family = item->variant % FAMILIES;
	struct tcp_pair pair;

	tcp_prepare(&pair, lane, item, family);
	tcp_bind(&pair.client, lane_client_address(lane, family, 0));
	errno = tcp_connect(&pair, pair.client.expected.local, true);
	if (errno)
		die("a socket's connect to itself");
	tcp_leave_unread(&pair.client, &pair.client, bytes);
	tcp_take(&pair.client, bytes);
	tcp_close(&pair.client);
	tcp_write(&pair, &pair.client);
}

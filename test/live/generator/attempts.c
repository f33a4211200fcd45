// SPDX-License-Identifier: Apache-2.0
#include "tcp_kinds.h"

#include "die.h"

#include <errno.h>

/* The attempt was refused; `pair`'s client stays as it is. */
static void expect_refusal(struct tcp_pair *pair, enum family family, bool bound, bool blocking)
{
	struct expectation *expected = &pair->client.expected;
	union address nobody = lane_nobody(pair->lane, family);

	errno = tcp_connect(pair, nobody, blocking);
	if (errno != ECONNREFUSED)
		die("%s %u was not refused", expected->kind, expected->number);
	expected->failure = ECONNREFUSED;
	expected->remote_failed = true;
	expected->remote = nobody;
	if (!bound) {
		/* The kernel chose a port and took it back. */
		expected->local = lane_client_address(pair->lane, family, 0);
		expected->local_port = PORT_NOT_ZERO;
	}
}

void tcp_refused(struct lane *lane, const struct item *item)
{
	enum family family = item->variant % FAMILIES;
	bool bound = item->variant / FAMILIES % 2;
	struct tcp_pair pair;

	tcp_prepare(&pair, lane, item, family);
	if (bound)
		tcp_bind(&pair.client, lane_client_address(lane, family, 0));
	expect_refusal(&pair, family, bound, item->variant % 5 != 0);
	tcp_close(&pair.client);
	tcp_write(&pair, &pair.client);
}

static void connect_again(struct tcp_pair *pair, const struct item *item, uint32_t offset, enum family family,
			  enum listener listener)
{
	struct lane *lane = pair->lane;

	pair->client.expected.number = pair->server.expected.number = item->number + offset;
	errno = tcp_connect(pair, lane_listener(lane, listener, family), true);
	if (errno)
		die("connect of %s %u", item->kind, item->number + offset);
	tcp_accept(pair, listener, &lane->workers[(item->variant + offset) % LANE_WORKERS]);
	tcp_move(&pair->client, &pair->server, item_bytes(item, offset, ITEM_REQUEST), SEND_SEND, RECEIVE_RECV);
	tcp_move(&pair->server, &pair->client, item_bytes(item, offset, ITEM_RESPONSE), SEND_SEND, RECEIVE_RECV);
	tcp_settle(&pair->client);
	tcp_settle(&pair->server);
}

/* Four connections of one socket: reset by disconnecting; closed in order; refused; and right after that, closed in order. */
void tcp_chain(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;
	enum listener listener;
	enum family family;

	tcp_route(item->variant, &family, &listener);
	tcp_prepare(&pair, lane, item, family);

	connect_again(&pair, item, 0, family, listener);
	tcp_disconnect(&pair.client);
	tcp_expect_reset(&pair.server, ECONNRESET);
	tcp_close(&pair.server);
	tcp_write_both(&pair);

	connect_again(&pair, item, 1, family, listener);
	tcp_shutdown(&pair.client, SHUT_WR);
	tcp_receive_end(&pair.server);
	tcp_close(&pair.server);
	tcp_wait_state(&pair.client, TCP_CLOSE); /* TIME_WAIT, by then without the socket */
	tcp_disconnect(&pair.client);
	tcp_write_both(&pair);

	pair.client.expected.number = item->number + 2;
	expect_refusal(&pair, family, false, true);
	tcp_write(&pair, &pair.client);

	connect_again(&pair, item, 3, family, listener);
	tcp_close(&pair.server);
	tcp_receive_end(&pair.client);
	tcp_close(&pair.client);
	tcp_write_both(&pair);
}

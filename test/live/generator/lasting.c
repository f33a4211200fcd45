// SPDX-License-Identifier: Apache-2.0
#include "tcp_kinds.h"

#include "die.h"

#define MOST 64

/* Connections that last as long as the lane: their records are many, and their deltas must add up. */
static struct {
	struct tcp_pair pair;
	struct item item;
} lasting[MOST];
static unsigned int count;
static unsigned int steps;

void tcp_lasting(struct lane *lane, const struct item *item)
{
	struct tcp_pair *pair;
	enum listener listener;
	enum family family;

	if (count == MOST)
		die("more than %u connections at a time", MOST);
	pair = &lasting[count].pair;
	lasting[count].item = *item;
	tcp_route(item->variant, &family, &listener);
	tcp_open(pair, lane, item, family, listener);
	pair->client.expected.lasting = pair->server.expected.lasting = true;
	tcp_move(&pair->client, &pair->server, item_bytes(item, 0, ITEM_REQUEST), SEND_SEND, RECEIVE_RECV);
	count++;
}

void tcp_lasting_step(struct lane *lane)
{
	unsigned int i;

	(void)lane;
	steps++;
	for (i = 0; i < count; i++) {
		struct tcp_pair *pair = &lasting[i].pair;

		/* Some rest for a while: an interval without a change has no record. */
		if ((steps + i) % 3 == 0)
			continue;
		tcp_move(&pair->server, &pair->client, steps * 7 + i, SEND_WRITE, RECEIVE_READ);
		if ((steps + i) % 3 == 1)
			tcp_move(&pair->client, &pair->server, steps * 11 + i, SEND_WRITE, RECEIVE_READ);
	}
}

void tcp_lasting_end(struct lane *lane)
{
	unsigned int i;

	(void)lane;
	for (i = 0; i < count; i++) {
		struct tcp_pair *pair = &lasting[i].pair;

		tcp_move(&pair->server, &pair->client, item_bytes(&lasting[i].item, 0, ITEM_RESPONSE), SEND_SEND,
			 RECEIVE_RECV);
		tcp_close(&pair->client);
		tcp_receive_end(&pair->server);
		tcp_close(&pair->server);
		tcp_write_both(pair);
	}
	count = 0;
}

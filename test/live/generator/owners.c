// SPDX-License-Identifier: Apache-2.0
#include "tcp_kinds.h"

#include "die.h"

static void open_routed(struct tcp_pair *pair, struct lane *lane, const struct item *item)
{
	enum listener listener;
	enum family family;

	tcp_route(item->variant, &family, &listener);
	tcp_open(pair, lane, item, family, listener);
}

/* A worker accepts and closes without having sent or received anything: its close tells who it was. */
void tcp_no_io(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	switch (item->variant / 6 % 3) {
	case 0: /* from ESTABLISHED */
		tcp_close(&pair.server);
		tcp_receive_end(&pair.client);
		tcp_close(&pair.client);
		break;
	case 1: /* from CLOSE_WAIT */
		tcp_close(&pair.client);
		tcp_wait_state(&pair.server, TCP_CLOSE_WAIT);
		tcp_close(&pair.server);
		break;
	default: /* by shutdown; the close comes after the owner is known */
		tcp_shutdown(&pair.server, SHUT_WR);
		tcp_receive_end(&pair.client);
		tcp_count(&pair.server);
		tcp_close(&pair.client);
		tcp_wait_state(&pair.server, TCP_CLOSE);
		tcp_close_counted(&pair.server);
	}
	tcp_write_both(&pair);
}

/* The bytes are sent by a child that inherited the socket. */
static void send_by_child(struct tcp_end *from, struct tcp_end *to, uint64_t bytes)
{
	struct request sending = {
		.operation = OPERATION_SEND_BY_CHILD, .fd = from->fd, .option = SEND_WRITE, .amount = bytes};
	struct request receiving = {.operation = OPERATION_RECEIVE, .fd = to->fd, .amount = bytes};
	struct tcp_end *remote = from->actor->channel < 0 ? to : from;
	struct tcp_end *local = remote == to ? from : to;
	struct request *there = remote == from ? &sending : &receiving;
	struct request *here = remote == from ? &receiving : &sending;
	struct reply replies[2]; /* of the sender, of the receiver */

	actor_begin(remote->actor, there);
	actor_try(local->actor, here, &replies[local == to]);
	actor_finish(remote->actor, there, &replies[remote == to]);
	if (replies[0].result != (int64_t)bytes || replies[1].result != (int64_t)bytes)
		die("%s %u: a child's bytes are missing", from->expected.kind, from->expected.number);
	from->expected.sent_bytes += bytes;
	to->expected.received_bytes += bytes;
	if (!from->expected.outgoing && from->expected.sources == SOURCE_LISTENER) {
		expectation_own(&from->expected, from->actor, SOURCE_FIRST_IO);
		from->expected.pid = replies[0].pid;
	}
	tcp_touch(to);
}

static void close_by_child(struct tcp_end *end)
{
	struct request request = {.operation = OPERATION_CLOSE_BY_CHILD, .fd = end->fd};
	struct reply reply;

	actor_try(end->actor, &request, &reply);
	if (reply.result < 0)
		die("%s %u: a child's close", end->expected.kind, end->expected.number);
	if (end->expected.sources == SOURCE_LISTENER) {
		expectation_own(&end->expected, end->actor, SOURCE_CLOSE);
		end->expected.pid = reply.pid;
	}
}

/* Children of either end write; a child of the worker is the first to touch the socket, or the last to hold it. */
void tcp_child(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;

	open_routed(&pair, lane, item);
	switch (item->variant / 6 % 3) {
	case 0: /* the client's owner stays who connected */
		send_by_child(&pair.client, &pair.server, item_bytes(item, 0, ITEM_REQUEST));
		tcp_close(&pair.client);
		tcp_receive_end(&pair.server);
		tcp_close(&pair.server);
		break;
	case 1:
		send_by_child(&pair.server, &pair.client, item_bytes(item, 0, ITEM_RESPONSE));
		tcp_close(&pair.server);
		tcp_receive_end(&pair.client);
		tcp_close(&pair.client);
		break;
	default:
		close_by_child(&pair.server);
		tcp_receive_end(&pair.client);
		tcp_close(&pair.client);
	}
	tcp_write_both(&pair);
}

// SPDX-License-Identifier: Apache-2.0
#include "tcp_kinds.h"

#include "die.h"

#include <errno.h>

/*
 * In each scenario every byte sent is acknowledged before the reset, so that what either end counts does not depend on timing. The end that
 * resets expects no failure, the other one ECONNRESET, or EPIPE in CLOSE_WAIT.
 */

#define UNREAD_MOST 8191 /* fits into any receive buffer */

static void exchange(struct tcp_pair *pair, const struct item *item)
{
	tcp_move(&pair->client, &pair->server, item_bytes(item, 0, ITEM_REQUEST), SEND_SEND, RECEIVE_RECV);
	tcp_move(&pair->server, &pair->client, item_bytes(item, 0, ITEM_RESPONSE), SEND_SEND, RECEIVE_RECV);
	tcp_settle(&pair->client);
	tcp_settle(&pair->server);
}

static uint32_t unread_bytes(const struct item *item)
{
	return item_bytes(item, 0, ITEM_REQUEST) % UNREAD_MOST + 1;
}

static void aborted(struct tcp_pair *pair, struct tcp_end *by, struct tcp_end *other, const struct item *item)
{
	exchange(pair, item);
	tcp_abort(by);
	tcp_expect_reset(other, ECONNRESET);
	tcp_close(other);
}

/* close() with data in the receive queue resets. */
static void closed_unread(struct tcp_pair *pair, struct tcp_end *by, struct tcp_end *other, const struct item *item)
{
	exchange(pair, item);
	tcp_leave_unread(other, by, unread_bytes(item));
	tcp_close(by);
	tcp_expect_reset(other, ECONNRESET);
	tcp_close(other);
}

/* The reset meets an end that has seen the FIN. */
static void aborted_after_fin(struct tcp_pair *pair, const struct item *item)
{
	exchange(pair, item);
	tcp_shutdown(&pair->client, SHUT_WR);
	tcp_wait_state(&pair->server, TCP_CLOSE_WAIT);
	tcp_wait_state(&pair->client, TCP_FIN_WAIT2);
	tcp_abort(&pair->client);
	tcp_expect_reset(&pair->server, EPIPE);
	tcp_close(&pair->server);
}

/* The reset comes from the end that has seen the FIN. */
static void aborted_in_close_wait(struct tcp_pair *pair, const struct item *item)
{
	exchange(pair, item);
	tcp_shutdown(&pair->client, SHUT_WR);
	tcp_receive_end(&pair->server);
	tcp_wait_state(&pair->client, TCP_FIN_WAIT2);
	tcp_abort(&pair->server);
	tcp_expect_reset(&pair->client, ECONNRESET);
	tcp_close(&pair->client);
}

/* Data for a socket that is closed: transmitted, never received. */
static void sent_to_closed(struct tcp_pair *pair, const struct item *item)
{
	struct request send = {.operation = OPERATION_SEND, .option = SEND_SEND, .amount = unread_bytes(item)};

	exchange(pair, item);
	tcp_close(&pair->server);
	tcp_receive_end(&pair->client);
	send.fd = pair->client.fd;
	if (actor_do(pair->client.actor, &send) != (int64_t)send.amount)
		die("%s %u: not all was sent", item->kind, item->number);
	pair->client.expected.sent_bytes += send.amount;
	tcp_expect_reset(&pair->client, EPIPE);
	tcp_close(&pair->client);
}

/*
 * Data for a socket that is shut both ways but not closed. The kernel resets the peer, and leaves ECONNRESET on the socket that did it:
 * its application may see that error, but nobody else was the cause.
 */
static void sent_to_shut(struct tcp_pair *pair, const struct item *item)
{
	struct request send = {.operation = OPERATION_SEND, .option = SEND_SEND, .amount = unread_bytes(item)};

	exchange(pair, item);
	tcp_shutdown(&pair->server, SHUT_RDWR);
	tcp_receive_end(&pair->client);
	tcp_wait_state(&pair->server, TCP_FIN_WAIT2);
	send.fd = pair->client.fd;
	if (actor_do(pair->client.actor, &send) != (int64_t)send.amount)
		die("%s %u: not all was sent", item->kind, item->number);
	pair->client.expected.sent_bytes += send.amount;
	tcp_expect_reset(&pair->client, EPIPE);
	tcp_close(&pair->client);
	tcp_expect_reset(&pair->server, ECONNRESET);
	pair->server.expected.remote_failed = false;
	tcp_close(&pair->server);
}

/* connect() to nowhere resets; the socket lives on. */
static void disconnected(struct tcp_pair *pair, const struct item *item)
{
	struct request close = {.operation = OPERATION_CLOSE, .fd = pair->client.fd};

	exchange(pair, item);
	tcp_disconnect(&pair->client);
	tcp_expect_reset(&pair->server, ECONNRESET);
	tcp_close(&pair->server);
	actor_do(pair->client.actor, &close);
}

/* Nobody has touched the accepted socket: only its listener is known. */
static void untouched(struct tcp_pair *pair, const struct item *item)
{
	tcp_leave_unread(&pair->client, &pair->server, unread_bytes(item));
	tcp_abort(&pair->client);
	tcp_expect_reset(&pair->server, ECONNRESET);
	tcp_close(&pair->server);
}

/* The worker resets without having sent or received anything. */
static void aborted_without_io(struct tcp_pair *pair, const struct item *item)
{
	tcp_leave_unread(&pair->client, &pair->server, unread_bytes(item));
	if (item->variant / 13 % 2)
		tcp_abort(&pair->server);
	else
		tcp_close(&pair->server);
	tcp_expect_reset(&pair->client, ECONNRESET);
	tcp_close(&pair->client);
}

/* Reset while it waits to be accepted; a worker gets the dead socket later. */
static void not_yet_accepted(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;
	enum listener listener;
	enum family family;

	tcp_route(item->variant, &family, &listener);
	tcp_prepare(&pair, lane, item, family);
	errno = tcp_connect(&pair, lane_listener(lane, listener, family), true);
	if (errno)
		die("connect of %s %u", item->kind, item->number);
	tcp_abort(&pair.client);
	tcp_accept(&pair, listener, &lane->workers[item->variant % LANE_WORKERS]);
	/* Its names are gone with the connection, but were what the client was told. */
	pair.server.expected.local = lane_listener(lane, listener, family);
	tcp_expect_reset(&pair.server, ECONNRESET);
	tcp_close(&pair.server);
	tcp_write_both(&pair);
}

void tcp_reset(struct lane *lane, const struct item *item)
{
	struct tcp_pair pair;
	enum listener listener;
	enum family family;

	if (item->variant % 13 == 12) {
		not_yet_accepted(lane, item);
		return;
	}
	tcp_route(item->variant, &family, &listener);
	tcp_open(&pair, lane, item, family, listener);
	switch (item->variant % 13) {
	case 0:
		aborted(&pair, &pair.client, &pair.server, item);
		break;
	case 1:
		aborted(&pair, &pair.server, &pair.client, item);
		break;
	case 2:
		closed_unread(&pair, &pair.client, &pair.server, item);
		break;
	case 3:
		closed_unread(&pair, &pair.server, &pair.client, item);
		break;
	case 4:
		aborted_after_fin(&pair, item);
		break;
	case 5:
		aborted_in_close_wait(&pair, item);
		break;
	case 6:
		sent_to_closed(&pair, item);
		break;
	case 7:
		sent_to_shut(&pair, item);
		break;
	case 8:
		disconnected(&pair, item);
		break;
	case 9:
	case 10:
		untouched(&pair, item);
		break;
	default:
		aborted_without_io(&pair, item);
	}
	tcp_write_both(&pair);
}

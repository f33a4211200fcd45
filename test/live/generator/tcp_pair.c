// SPDX-License-Identifier: Apache-2.0
#include "tcp_pair.h"

#include "die.h"

#include <errno.h>
#include <string.h>

void tcp_route(uint32_t variant, enum family *family, enum listener *listener)
{
	static const struct {
		enum family family;
		enum listener listener;
	} routes[] = {
		{FAMILY_V4, LISTENER_V4},   {FAMILY_V6, LISTENER_V6},	  {FAMILY_V4, LISTENER_DUAL},
		{FAMILY_V6, LISTENER_DUAL}, {FAMILY_MAPPED, LISTENER_V4}, {FAMILY_MAPPED, LISTENER_DUAL},
	};
	unsigned int i = variant % (sizeof(routes) / sizeof(routes[0]));

	*family = routes[i].family;
	*listener = routes[i].listener;
}

static int64_t end_do(struct tcp_end *end, enum operation operation, int option, uint64_t amount)
{
	struct request request = {.operation = operation, .fd = end->fd, .option = option, .amount = amount};

	return actor_do(end->actor, &request);
}

static void read_facts(struct tcp_end *end, struct facts *facts)
{
	struct request request = {.operation = OPERATION_FACTS, .fd = end->fd};
	struct reply reply;

	actor_try(end->actor, &request, &reply);
	*facts = reply.facts;
}

static void take_names(struct tcp_end *end)
{
	struct facts facts;

	read_facts(end, &facts);
	end->expected.cookie = facts.cookie;
	end->expected.netns_cookie = facts.netns_cookie;
	end->expected.local = facts.local;
	end->expected.remote = facts.remote;
}

void tcp_count(struct tcp_end *end)
{
	struct facts facts;

	read_facts(end, &facts);
	end->expected.sent_packets = facts.segments_out;
	end->expected.received_packets = facts.segments_in;
	end->expected.retransmits = facts.retransmits;
}

void tcp_prepare(struct tcp_pair *pair, struct lane *lane, const struct item *item, enum family family)
{
	struct request request = {.operation = OPERATION_SOCKET, .option = family_domain(family), .flags = SOCK_STREAM};

	memset(pair, 0, sizeof(*pair));
	pair->lane = lane;
	pair->client.actor = &lane->client;
	pair->client.fd = actor_do(&lane->client, &request);
	pair->client.expected = (struct expectation){
		.kind = item->kind,
		.number = item->number,
		.tcp = true,
		.outgoing = true,
		.netns_inode = namespace_inode(lane->spaces->client),
	};
	pair->server.expected = (struct expectation){
		.kind = item->kind,
		.number = item->number,
		.tcp = true,
		.generation = 1,
		.netns_inode = namespace_inode(lane->spaces->server),
	};
	end_do(&pair->client, OPERATION_NO_DELAY, 0, 0);
	take_names(&pair->client);
}

void tcp_bind(struct tcp_end *end, union address address)
{
	struct request request = {.operation = OPERATION_BIND, .fd = end->fd, .address = address};

	actor_do(end->actor, &request);
	take_names(end);
}

int tcp_connect(struct tcp_pair *pair, union address address, bool blocking)
{
	struct request request = {
		.operation = OPERATION_CONNECT, .fd = pair->client.fd, .option = !blocking, .address = address};
	struct expectation *expected = &pair->client.expected;
	struct reply reply;

	expected->generation++;
	expected->sent_bytes = expected->received_bytes = 0;
	expected->sent_packets = expected->received_packets = 0;
	expected->retransmits = 0;
	expected->failure = 0;
	expected->established = false;
	expected->local_port = PORT_EXACT;
	expected->after_ns = pair->server.expected.after_ns = boot_clock_ns();
	expectation_own(expected, pair->client.actor, SOURCE_CONNECT);
	actor_try(pair->client.actor, &request, &reply);
	if (reply.result < 0)
		return reply.error;
	expected->established = pair->server.expected.established = true;
	take_names(&pair->client);
	return 0;
}

void tcp_accept(struct tcp_pair *pair, enum listener listener, struct actor *worker)
{
	struct request request = {.operation = OPERATION_ACCEPT, .fd = pair->lane->listeners[listener]};
	struct expectation *expected = &pair->server.expected;

	pair->server.actor = worker;
	pair->server.fd = actor_do(worker, &request);
	expected->sent_bytes = expected->received_bytes = 0;
	expected->failure = 0;
	expectation_own(expected, &pair->lane->master, SOURCE_LISTENER);
	take_names(&pair->server);
	/* An end whose peer is gone has no peer name any more. */
	expected->remote = pair->client.expected.local;
	end_do(&pair->server, OPERATION_NO_DELAY, 0, 0);
}

void tcp_open(struct tcp_pair *pair, struct lane *lane, const struct item *item, enum family family,
	      enum listener listener)
{
	int error;

	tcp_prepare(pair, lane, item, family);
	error = tcp_connect(pair, lane_listener(lane, listener, family), item->variant % 4 != 3);
	if (error) {
		errno = error;
		die("connect of %s %u", item->kind, item->number);
	}
	tcp_accept(pair, listener, &lane->workers[item->variant % LANE_WORKERS]);
}

void tcp_touch(struct tcp_end *end)
{
	if (!end->expected.outgoing && end->expected.sources != SOURCE_FIRST_IO)
		expectation_own(&end->expected, end->actor, SOURCE_FIRST_IO);
}

/* Not seen by the kernel's hook for receiving: the owner may be known only once the socket is closed. */
static void touch_by_splice(struct tcp_end *end)
{
	if (end->expected.sources == SOURCE_LISTENER)
		expectation_own(&end->expected, end->actor, SOURCE_FIRST_IO | SOURCE_CLOSE);
}

void tcp_move(struct tcp_end *from, struct tcp_end *to, uint64_t bytes, enum send_method send,
	      enum receive_method receive)
{
	struct request sending = {.operation = OPERATION_SEND, .fd = from->fd, .option = send, .amount = bytes};
	struct request receiving = {.operation = OPERATION_RECEIVE, .fd = to->fd, .option = receive, .amount = bytes};
	bool local_receives = to->actor->channel < 0;
	struct reply reply;

	/* The other process first: its work goes on while this one does its own part. */
	actor_begin(local_receives ? from->actor : to->actor, local_receives ? &sending : &receiving);
	actor_try(local_receives ? to->actor : from->actor, local_receives ? &receiving : &sending, &reply);
	if (reply.result != (int64_t)bytes)
		die("%s %u: %lld of %llu bytes", from->expected.kind, from->expected.number, (long long)reply.result,
		    (unsigned long long)bytes);
	actor_finish(local_receives ? from->actor : to->actor, local_receives ? &sending : &receiving, &reply);
	if (reply.result != (int64_t)bytes)
		die("%s %u: %lld of %llu bytes", from->expected.kind, from->expected.number, (long long)reply.result,
		    (unsigned long long)bytes);
	from->expected.sent_bytes += bytes;
	to->expected.received_bytes += bytes;
	tcp_touch(from);
	if (receive == RECEIVE_SPLICE)
		touch_by_splice(to);
	else
		tcp_touch(to);
}

void tcp_leave_unread(struct tcp_end *from, struct tcp_end *to, uint64_t bytes)
{
	if (end_do(from, OPERATION_SEND, SEND_SEND, bytes) != (int64_t)bytes)
		die("%s %u: not all was sent", from->expected.kind, from->expected.number);
	tcp_settle(from);
	end_do(to, OPERATION_WAIT_QUEUED, 0, bytes);
	from->expected.sent_bytes += bytes;
	to->expected.received_bytes += bytes;
	tcp_touch(from);
}

void tcp_take(struct tcp_end *end, uint64_t bytes)
{
	if (end_do(end, OPERATION_RECEIVE, RECEIVE_RECV, bytes) != (int64_t)bytes)
		die("%s %u: what was unread is gone", end->expected.kind, end->expected.number);
	tcp_touch(end);
}

void tcp_settle(struct tcp_end *end)
{
	end_do(end, OPERATION_SETTLE, 0, 0);
}

void tcp_receive_end(struct tcp_end *end)
{
	if (end_do(end, OPERATION_RECEIVE_END, 0, 0))
		die("%s %u: data instead of the end", end->expected.kind, end->expected.number);
	tcp_touch(end);
}

static void own_by_close(struct tcp_end *end)
{
	if (end->expected.sources == SOURCE_LISTENER)
		expectation_own(&end->expected, end->actor, SOURCE_CLOSE);
}

void tcp_shutdown(struct tcp_end *end, int how)
{
	end_do(end, OPERATION_SHUTDOWN, how, 0);
	if (how != SHUT_RD)
		own_by_close(end);
}

void tcp_close(struct tcp_end *end)
{
	tcp_count(end);
	tcp_close_counted(end);
}

void tcp_close_counted(struct tcp_end *end)
{
	end_do(end, OPERATION_CLOSE, 0, 0);
	/* After a reset the state was CLOSE already; the close then tells nothing. */
	if (!end->expected.failure)
		own_by_close(end);
}

void tcp_abort(struct tcp_end *end)
{
	tcp_count(end);
	end_do(end, OPERATION_ABORT, 0, 0);
	own_by_close(end);
}

void tcp_disconnect(struct tcp_end *end)
{
	tcp_count(end);
	end_do(end, OPERATION_DISCONNECT, 0, 0);
}

void tcp_wait_state(struct tcp_end *end, int state)
{
	end_do(end, OPERATION_WAIT_STATE, state, 0);
}

void tcp_expect_reset(struct tcp_end *end, int error)
{
	int64_t found;

	tcp_wait_state(end, TCP_CLOSE);
	found = end_do(end, OPERATION_TAKE_ERROR, 0, 0);
	if (found != error)
		die("%s %u: error %lld instead of %d", end->expected.kind, end->expected.number, (long long)found,
		    error);
	end->expected.failure = error;
	end->expected.remote_failed = true;
}

void tcp_write(const struct tcp_pair *pair, struct tcp_end *end)
{
	end->expected.before_ns = boot_clock_ns();
	expectation_write(pair->lane->list, &end->expected);
}

void tcp_write_both(struct tcp_pair *pair)
{
	tcp_write(pair, &pair->client);
	tcp_write(pair, &pair->server);
}

// SPDX-License-Identifier: Apache-2.0
#include "udp_socket.h"

#include "die.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void take_names(struct udp_socket *socket)
{
	struct request request = {.operation = OPERATION_FACTS, .fd = socket->fd};
	struct reply reply;

	actor_try(socket->actor, &request, &reply);
	socket->common.cookie = reply.facts.cookie;
	socket->common.netns_cookie = reply.facts.netns_cookie;
	socket->local = reply.facts.local;
	socket->peer = reply.facts.remote;
}

void udp_open(struct udp_socket *socket, struct lane *lane, struct actor *actor, const struct item *item,
	      enum family family)
{
	struct request request = {.operation = OPERATION_SOCKET, .option = family_domain(family), .flags = SOCK_DGRAM};
	bool client = actor == &lane->client;

	*socket = (struct udp_socket){.lane = lane, .actor = actor};
	socket->fd = actor_do(actor, &request);
	socket->common.kind = item->kind;
	socket->common.number = item->number;
	socket->common.netns_inode = namespace_inode(client ? lane->spaces->client : lane->spaces->server);
	take_names(socket);
}

void udp_bind(struct udp_socket *socket, union address address)
{
	struct request request = {.operation = OPERATION_BIND, .fd = socket->fd, .address = address};

	actor_do(socket->actor, &request);
	take_names(socket);
}

void udp_connect(struct udp_socket *socket, union address address)
{
	struct request request = {.operation = OPERATION_CONNECT, .fd = socket->fd, .address = address};

	actor_do(socket->actor, &request);
	take_names(socket);
}

/* The end that talks to `remote` (NULL: the socket's peer, else nobody known); made when it is the first time. */
static struct expectation *end_of(struct udp_socket *socket, const union address *remote, bool sends, int64_t since)
{
	union address nobody;
	struct expectation *end;
	unsigned int i;

	memset(&nobody, 0, sizeof(nobody));
	if (!remote)
		remote = socket->peer.any.sa_family ? &socket->peer : &nobody;
	for (i = 0; i < socket->count; i++) {
		end = &socket->ends[i];
		if (end->remote.any.sa_family == 0 || remote->any.sa_family == 0) {
			if (end->remote.any.sa_family == remote->any.sa_family)
				return end;
		} else if (address_equal(&end->remote, remote)) {
			return end;
		}
	}
	if (socket->count == socket->room) {
		socket->room = socket->room ? socket->room * 2 : 2;
		socket->ends = realloc(socket->ends, socket->room * sizeof(*socket->ends));
		if (!socket->ends)
			die("no memory for %u peers", socket->room);
	}
	if (!address_port(&socket->local))
		take_names(socket); /* the first send has bound it */
	end = &socket->ends[socket->count++];
	*end = socket->common;
	end->remote = *remote;
	end->local = socket->local;
	end->outgoing = sends;
	end->after_ns = since;
	expectation_own(end, socket->actor, SOURCE_FIRST_IO);
	return end;
}

void udp_send_by(struct udp_socket *socket, struct request request, const union address *to, uint32_t datagrams,
		 uint64_t bytes)
{
	int64_t since = boot_clock_ns();
	struct expectation *end;
	int64_t sent;

	request.fd = socket->fd;
	if (to)
		request.address = *to;
	sent = actor_do(socket->actor, &request);
	if (sent != (int64_t)bytes)
		die("%s %u: %lld of %llu bytes sent", socket->common.kind, socket->common.number, (long long)sent,
		    (unsigned long long)bytes);
	end = end_of(socket, to, true, since);
	end->sent_packets += datagrams;
	end->sent_bytes += bytes;
}

void udp_send(struct udp_socket *socket, const union address *to, uint32_t bytes)
{
	udp_send_by(socket, (struct request){.operation = OPERATION_SEND_DATAGRAM, .amount = bytes}, to, 1, bytes);
}

static void receive(struct udp_socket *socket, struct request request, const union address *from, uint32_t datagrams,
		    uint64_t bytes)
{
	int64_t since = boot_clock_ns();
	struct expectation *end;
	struct reply reply;

	request.fd = socket->fd;
	request.option = from != NULL;
	actor_try(socket->actor, &request, &reply);
	errno = reply.error;
	if (reply.result != (int64_t)bytes)
		die("%s %u: %lld of %llu bytes received", socket->common.kind, socket->common.number,
		    (long long)reply.result, (unsigned long long)bytes);
	if (from && !address_equal(from, &reply.address))
		die("%s %u: a datagram of somebody else", socket->common.kind, socket->common.number);
	end = end_of(socket, from, false, since);
	end->received_packets += datagrams;
	end->received_bytes += bytes;
}

void udp_receive(struct udp_socket *socket, const union address *from, uint32_t bytes)
{
	receive(socket, (struct request){.operation = OPERATION_RECEIVE_DATAGRAM, .amount = 65536}, from, 1, bytes);
}

void udp_receive_cut(struct udp_socket *socket, const union address *from, uint32_t room)
{
	receive(socket, (struct request){.operation = OPERATION_RECEIVE_DATAGRAM, .amount = room}, from, 1, room);
}

void udp_receive_many(struct udp_socket *socket, const union address *from, uint32_t datagrams, uint64_t bytes)
{
	receive(socket, (struct request){.operation = OPERATION_RECEIVE_DATAGRAMS, .count = datagrams}, from, datagrams,
		bytes);
}

void udp_peek(struct udp_socket *socket, uint32_t bytes)
{
	struct request request = {.operation = OPERATION_RECEIVE_DATAGRAM,
				  .fd = socket->fd,
				  .option = 1,
				  .flags = MSG_PEEK,
				  .amount = 65536};

	if (actor_do(socket->actor, &request) != bytes)
		die("%s %u: peeked at something else", socket->common.kind, socket->common.number);
}

void udp_drain(struct udp_socket *socket)
{
	struct request request = {
		.operation = OPERATION_RECEIVE_DATAGRAM, .fd = socket->fd, .flags = MSG_DONTWAIT, .amount = 65536};
	int64_t since = boot_clock_ns();
	struct expectation *end;
	struct reply reply;

	for (;;) {
		actor_try(socket->actor, &request, &reply);
		if (reply.result < 0)
			break;
		end = end_of(socket, NULL, false, since);
		end->received_packets++;
		end->received_bytes += reply.result;
	}
	errno = reply.error;
	if (errno != EAGAIN)
		die("%s %u: receive", socket->common.kind, socket->common.number);
}

void udp_expect_refusal(struct udp_socket *socket)
{
	struct request request = {.operation = OPERATION_RECEIVE_DATAGRAM, .fd = socket->fd, .amount = 65536};
	struct expectation *end;
	struct reply reply;

	actor_try(socket->actor, &request, &reply);
	errno = reply.error;
	if (reply.result >= 0 || reply.error != ECONNREFUSED)
		die("%s %u was not refused", socket->common.kind, socket->common.number);
	end = end_of(socket, NULL, false, boot_clock_ns());
	end->failure = ECONNREFUSED;
	end->remote_failed = true;
}

void udp_send_by_child(struct udp_socket *socket, uint32_t bytes)
{
	struct request request = {.operation = OPERATION_SEND_BY_CHILD, .fd = socket->fd, .amount = bytes};
	int64_t since = boot_clock_ns();
	bool first = socket->count == 0;
	struct expectation *end;
	struct reply reply;

	actor_try(socket->actor, &request, &reply);
	if (reply.result != bytes)
		die("%s %u: a child's datagram", socket->common.kind, socket->common.number);
	end = end_of(socket, NULL, true, since);
	end->sent_packets++;
	end->sent_bytes += bytes;
	if (first)
		end->pid = reply.pid;
}

void udp_close(struct udp_socket *socket)
{
	struct request request = {.operation = OPERATION_CLOSE, .fd = socket->fd};
	unsigned int i;

	actor_do(socket->actor, &request);
	if (!socket->count)
		expectation_write_absent(socket->lane->list, socket->common.kind, socket->common.cookie);
	for (i = 0; i < socket->count; i++) {
		socket->ends[i].before_ns = boot_clock_ns();
		expectation_write(socket->lane->list, &socket->ends[i]);
	}
	free(socket->ends);
	socket->ends = NULL;
	socket->count = socket->room = 0;
}

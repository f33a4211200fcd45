// SPDX-License-Identifier: Apache-2.0
#include "operation.h"

#include "die.h"

#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define ROOM 65536
#define MOST 16 /* datagrams of one call */

static char buffer[ROOM];

static const struct sockaddr *destination(const struct request *request, socklen_t *length)
{
	*length = 0;
	if (!request->address.any.sa_family)
		return NULL;
	*length = address_length(&request->address);
	return &request->address.any;
}

static int64_t send_one(const struct request *request, uint64_t bytes, int flags)
{
	socklen_t length;
	const struct sockaddr *to = destination(request, &length);

	return sendto(request->fd, buffer, bytes, flags, to, length);
}

static int64_t send_many(const struct request *request)
{
	struct mmsghdr messages[MOST] = {0};
	struct iovec parts[MOST];
	socklen_t length;
	const struct sockaddr *to = destination(request, &length);
	int64_t bytes = 0;
	unsigned int i;

	if (request->count > MOST)
		die("%u datagrams in one call", request->count);
	for (i = 0; i < request->count; i++) {
		parts[i] = (struct iovec){buffer, request->amount + i};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = (void *)to;
		messages[i].msg_hdr.msg_namelen = length;
		bytes += request->amount + i;
	}
	if (sendmmsg(request->fd, messages, request->count, 0) != (int)request->count)
		return -1;
	return bytes;
}

static int64_t send_segments(const struct request *request)
{
	int segment = request->option, off = 0;
	int64_t sent;

	if (setsockopt(request->fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		die("UDP_SEGMENT");
	sent = send_one(request, request->amount, 0);
	setsockopt(request->fd, IPPROTO_UDP, UDP_SEGMENT, &off, sizeof(off));
	return sent;
}

static int64_t send_corked(const struct request *request)
{
	uint64_t part = request->amount / request->count;
	unsigned int i;

	for (i = 1; i < request->count; i++) {
		if (send_one(request, part, MSG_MORE) != (int64_t)part)
			return -1;
	}
	part = request->amount - part * (request->count - 1);
	if (send_one(request, part, 0) != (int64_t)part)
		return -1;
	return request->amount;
}

/* A datagram that does not come within the patience of poll is an error (ETIMEDOUT), never a hang. */
static bool wait_readable(int fd)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};

	if (poll(&readable, 1, 10000) == 1)
		return true;
	errno = ETIMEDOUT;
	return false;
}

static int64_t receive_one(const struct request *request, struct reply *reply)
{
	socklen_t length = sizeof(reply->address);

	if (request->amount > ROOM)
		die("room of %llu", (unsigned long long)request->amount);
	if (!(request->flags & MSG_DONTWAIT) && !wait_readable(request->fd))
		return -1;
	if (request->option)
		return recvfrom(request->fd, buffer, request->amount, request->flags, &reply->address.any, &length);
	return recv(request->fd, buffer, request->amount, request->flags);
}

static int64_t receive_many(const struct request *request, struct reply *reply)
{
	struct mmsghdr messages[MOST] = {0};
	union address senders[MOST];
	struct iovec parts[MOST];
	int64_t bytes = 0;
	unsigned int i, done = 0;
	int taken;

	if (request->count > MOST)
		die("%u datagrams in one call", request->count);
	while (done < request->count) {
		for (i = 0; i < request->count - done; i++) {
			parts[i] = (struct iovec){buffer, ROOM};
			memset(&messages[i], 0, sizeof(messages[i]));
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
			messages[i].msg_hdr.msg_name = request->option ? &senders[i] : NULL;
			messages[i].msg_hdr.msg_namelen = request->option ? sizeof(senders[i]) : 0;
		}
		if (!wait_readable(request->fd))
			return -1;
		taken = recvmmsg(request->fd, messages, request->count - done, MSG_WAITFORONE, NULL);
		if (taken <= 0)
			return -1;
		for (i = 0; i < (unsigned int)taken; i++)
			bytes += messages[i].msg_len;
		done += taken;
	}
	if (request->option)
		reply->address = senders[0];
	return bytes;
}

int64_t datagram_perform(const struct request *request, struct reply *reply)
{
	int smallest = 1;

	switch (request->operation) {
	case OPERATION_SEND_DATAGRAM:
		return send_one(request, request->amount, request->flags);
	case OPERATION_SEND_DATAGRAMS:
		return send_many(request);
	case OPERATION_SEND_SEGMENTS:
		return send_segments(request);
	case OPERATION_SEND_CORKED:
		return send_corked(request);
	case OPERATION_RECEIVE_DATAGRAM:
		return receive_one(request, reply);
	case OPERATION_RECEIVE_DATAGRAMS:
		return receive_many(request, reply);
	case OPERATION_SMALL_BUFFER:
		return setsockopt(request->fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest));
	default:
		errno = 0;
		die("operation %u is unknown", request->operation);
	}
}

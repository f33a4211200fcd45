/* SPDX-License-Identifier: Apache-2.0 */
/* One thing that a process does with a socket, as a message: the lane decides, the process that shall own the socket does it. */
#ifndef TRAFFIC_OPERATION_H
#define TRAFFIC_OPERATION_H

#include "address.h"

#include <stdint.h>

enum operation {
	OPERATION_SOCKET, /* option = domain, flags = SOCK_STREAM or SOCK_DGRAM; result = descriptor */
	OPERATION_BIND, /* address */
	OPERATION_LISTEN,
	OPERATION_ACCEPT, /* result = descriptor */
	OPERATION_CONNECT, /* address; option = 1: without blocking; error = why it failed */
	OPERATION_DISCONNECT, /* connect to AF_UNSPEC */
	OPERATION_FACTS,
	OPERATION_NO_DELAY,
	OPERATION_SEND, /* amount, option = enum send_method; result = bytes */
	OPERATION_RECEIVE, /* amount, option = enum receive_method; result = bytes */
	OPERATION_RECEIVE_END, /* the end of the stream: result 0 */
	OPERATION_SEND_BY_CHILD, /* a forked child sends amount and ends; pid = the child's */
	OPERATION_CLOSE_BY_CHILD, /* a forked child closes, after this process did; pid = the child's */
	OPERATION_SETTLE, /* until the peer has acknowledged everything sent */
	OPERATION_WAIT_QUEUED, /* until amount bytes wait to be read */
	OPERATION_WAIT_STATE, /* until the TCP state is option */
	OPERATION_TAKE_ERROR, /* SO_ERROR; result = it */
	OPERATION_SHUTDOWN, /* option = SHUT_* */
	OPERATION_CLOSE,
	OPERATION_ABORT, /* SO_LINGER 0 and close */
	/* Datagrams; address.any.sa_family = 0: without an address. */
	OPERATION_SEND_DATAGRAM, /* amount, address, flags */
	OPERATION_SEND_DATAGRAMS, /* sendmmsg: count of them, of amount, amount + 1 … bytes */
	OPERATION_SEND_SEGMENTS, /* UDP_SEGMENT = option; amount */
	OPERATION_SEND_CORKED, /* one datagram of amount bytes from count calls */
	OPERATION_RECEIVE_DATAGRAM, /* option = 1: asks who sent; flags; amount = room; address = who sent, or family 0 */
	OPERATION_RECEIVE_DATAGRAMS, /* recvmmsg: count of them; result = bytes of all */
	OPERATION_SMALL_BUFFER, /* the smallest receive buffer there is */
};

struct request {
	uint32_t operation;
	int32_t fd;
	int32_t option;
	int32_t flags;
	uint32_t count;
	uint64_t amount;
	union address address;
};

/* What the socket itself says: SO_COOKIE, SO_NETNS_COOKIE, names, TCP_INFO. */
struct facts {
	uint64_t cookie;
	uint64_t netns_cookie;
	union address local;
	union address remote; /* family 0: none */
	uint32_t segments_out;
	uint32_t segments_in;
	uint32_t retransmits;
	uint32_t state;
	int64_t boot_ns;
};

struct reply {
	int64_t result;
	int32_t error; /* errno, when result is -1 */
	int32_t pid; /* of the process that did it */
	union address address;
	struct facts facts;
};

void operation_perform(const struct request *request, struct reply *reply);

/* The part of it that is about datagrams. */
int64_t datagram_perform(const struct request *request, struct reply *reply);

#endif

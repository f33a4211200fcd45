/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP connection's two ends, the calls on them, and what these calls make one expect. */
#ifndef TRAFFIC_TCP_PAIR_H
#define TRAFFIC_TCP_PAIR_H

#include "expectation.h"
#include "item.h"
#include "lane.h"
#include "payload.h"

#include <netinet/tcp.h>

struct tcp_end {
	struct actor *actor;
	int fd;
	struct expectation expected;
};

struct tcp_pair {
	struct lane *lane;
	struct tcp_end client;
	struct tcp_end server;
};

/* The combinations of a client's family and a listener that reach each other; `variant` picks one. */
void tcp_route(uint32_t variant, enum family *family, enum listener *listener);

/* A client socket that is not connected yet. */
void tcp_prepare(struct tcp_pair *pair, struct lane *lane, const struct item *item, enum family family);

/* Gives the client's socket an address before it connects. */
void tcp_bind(struct tcp_end *end, union address address);

/* Connects the client's socket: a new generation of it. Returns 0 or errno. */
int tcp_connect(struct tcp_pair *pair, union address address, bool blocking);

/* The worker takes the connection; both ends then know their names. */
void tcp_accept(struct tcp_pair *pair, enum listener listener, struct actor *worker);

/* All three, with the worker and the way of connecting chosen by the item's variant. */
void tcp_open(struct tcp_pair *pair, struct lane *lane, const struct item *item, enum family family,
	      enum listener listener);

/* Sends and receives `bytes`, at once, whole. */
void tcp_move(struct tcp_end *from, struct tcp_end *to, uint64_t bytes, enum send_method send,
	      enum receive_method receive);

/* Sends `bytes` and waits until they lie in the receiver's queue and are acknowledged; nobody reads them. */
void tcp_leave_unread(struct tcp_end *from, struct tcp_end *to, uint64_t bytes);

/* Reads what was left unread. */
void tcp_take(struct tcp_end *end, uint64_t bytes);

/* Waits until what was sent is acknowledged. */
void tcp_settle(struct tcp_end *end);

/* The application sees the end of the stream. */
void tcp_receive_end(struct tcp_end *end);

void tcp_shutdown(struct tcp_end *end, int how);
void tcp_close(struct tcp_end *end);

/*
 * The last look at the counters, for an end that is CLOSE by the time its descriptor is closed: a segment that found the socket before it
 * became CLOSE, and its lock after, is counted to it all the same.
 */
void tcp_count(struct tcp_end *end);
void tcp_close_counted(struct tcp_end *end);

/* Closes with an RST. */
void tcp_abort(struct tcp_end *end);

/* connect() to nowhere: resets what is not closed; the socket can connect again. */
void tcp_disconnect(struct tcp_end *end);

/* Waits for a TCP state (TCP_ESTABLISHED …). */
void tcp_wait_state(struct tcp_end *end, int state);

/* The end was reset by the other one: waits for it, makes sure that it is `error`, and expects it. */
void tcp_expect_reset(struct tcp_end *end, int error);

/* A call on the socket that is I/O: makes the actor of an accepted socket its owner. */
void tcp_touch(struct tcp_end *end);

/* Writes what is expected of one end, or of both. All calls on it are over. */
void tcp_write(const struct tcp_pair *pair, struct tcp_end *end);
void tcp_write_both(struct tcp_pair *pair);

#endif

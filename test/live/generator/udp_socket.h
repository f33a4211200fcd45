/* SPDX-License-Identifier: Apache-2.0 */
/* A UDP socket, the calls on it, and what these calls make one expect: one end per peer. */
#ifndef TRAFFIC_UDP_SOCKET_H
#define TRAFFIC_UDP_SOCKET_H

#include "expectation.h"
#include "item.h"
#include "lane.h"

struct udp_socket {
	struct lane *lane;
	struct actor *actor;
	int fd;
	union address local; /* when last asked */
	union address peer; /* of a connected socket; family 0: none */
	struct expectation common; /* what all its ends share */
	struct expectation *ends;
	unsigned int count;
	unsigned int room;
};

/* A socket of `actor`, which is the lane's own process (in the clients' namespace) or a worker (in the servers'). */
void udp_open(struct udp_socket *socket, struct lane *lane, struct actor *actor, const struct item *item,
	      enum family family);
void udp_bind(struct udp_socket *socket, union address address);
void udp_connect(struct udp_socket *socket, union address address);

/* One datagram; `to` NULL: to the socket's peer. */
void udp_send(struct udp_socket *socket, const union address *to, uint32_t bytes);

/* The same by request: a send that gives one end `datagrams` and `request->amount` … bytes. */
void udp_send_by(struct udp_socket *socket, struct request request, const union address *to, uint32_t datagrams,
		 uint64_t bytes);

/* One datagram of `bytes`, which must come from `from` (NULL: the socket's peer, or the application does not ask). */
void udp_receive(struct udp_socket *socket, const union address *from, uint32_t bytes);

/* The same with less room than the datagram has bytes. */
void udp_receive_cut(struct udp_socket *socket, const union address *from, uint32_t room);

/* recvmmsg of `datagrams` with `bytes` in all. */
void udp_receive_many(struct udp_socket *socket, const union address *from, uint32_t datagrams, uint64_t bytes);

/* Looks at the next datagram and leaves it. */
void udp_peek(struct udp_socket *socket, uint32_t bytes);

/* Takes whatever is there. */
void udp_drain(struct udp_socket *socket);

/* The peer's host says that nobody is there. */
void udp_expect_refusal(struct udp_socket *socket);

/* A child that inherited the socket sends. */
void udp_send_by_child(struct udp_socket *socket, uint32_t bytes);

/* Closes the socket and writes what is expected of its ends, or that there is none. */
void udp_close(struct udp_socket *socket);

#endif

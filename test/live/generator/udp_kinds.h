/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of UDP. Each makes one exchange and writes down what is expected of the sockets it closes. */
#ifndef TRAFFIC_UDP_KINDS_H
#define TRAFFIC_UDP_KINDS_H

#include "udp_socket.h"

/* The lane's long-lived server sockets, which many clients talk to. */
void udp_servers_start(struct lane *lane);
void udp_servers_end(void);

/* exchanges.c: with those servers. */
void udp_connected(struct lane *lane, const struct item *item);
void udp_unconnected(struct lane *lane, const struct item *item);
void udp_lost(struct lane *lane, const struct item *item);
void udp_empty(struct lane *lane, const struct item *item);
void udp_peeked(struct lane *lane, const struct item *item);
void udp_many(struct lane *lane, const struct item *item);
void udp_child(struct lane *lane, const struct item *item);
void udp_shapes(struct lane *lane, const struct item *item);

/* datagrams.c: with sockets of their own at both ends. */
void udp_no_address(struct lane *lane, const struct item *item);
void udp_refused(struct lane *lane, const struct item *item);
void udp_overflow(struct lane *lane, const struct item *item);
void udp_served(struct lane *lane, const struct item *item);
void udp_retarget(struct lane *lane, const struct item *item);
void udp_unused(struct lane *lane, const struct item *item);

/* A server socket of the lane that `family` reaches, and its address; `variant` picks one. */
struct udp_socket *udp_server(struct lane *lane, enum family family, uint32_t variant, union address *address);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces of the generator's own: nothing it does is seen by, or sees, the rest of the machine. */
#ifndef TRAFFIC_NAMESPACE_H
#define TRAFFIC_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>

/* Where the ends live. Without veth both are one namespace and traffic goes over loopback. */
struct namespaces {
	int client; /* descriptors of the namespaces */
	int server;
	bool veth;
	const char *client_v4;
	const char *client_v6;
	const char *server_v4;
	const char *server_v6;
};

/*
 * Leaves the caller in a new network (and mount) namespace, the client's. With veth, a second one for servers is joined to it by a
 * veth pair with receive packet steering (RPS) to all CPUs on both ends.
 */
void namespaces_create(struct namespaces *spaces, bool veth);

/* Moves the calling process there. */
void namespace_enter(int descriptor);

uint64_t namespace_inode(int descriptor);

/*
 * In the namespace the caller is in: every n-th segment of 1,000 bytes or more that arrives at these ports is dropped, to make the
 * sender retransmit. False when nft is not there.
 */
bool namespace_drop_segments(uint16_t first_port, uint16_t last_port, unsigned int nth);

#endif

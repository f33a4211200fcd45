/* SPDX-License-Identifier: Apache-2.0 */
/* A socket address of either family, and how it reads. */
#ifndef TRAFFIC_ADDRESS_H
#define TRAFFIC_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* How a socket addresses its peer. MAPPED: IPv4 on an IPv6 socket. */
enum family {
	FAMILY_V4,
	FAMILY_V6,
	FAMILY_MAPPED,
	FAMILIES,
};

/* `text` is the address in the family's plain form (dotted quad for MAPPED too); NULL is the wildcard. */
union address address_make(enum family family, const char *text, uint16_t port);
socklen_t address_length(const union address *address);
uint16_t address_port(const union address *address);
void address_set_port(union address *address, uint16_t port);
bool address_is_v4(const union address *address);
bool address_is_wildcard(const union address *address);
/* Whether both are the same address and port, an IPv4-mapped one being IPv4. */
bool address_equal(const union address *a, const union address *b);
/* Dotted quad or IPv6 text without the port. */
const char *address_text(const union address *address, char *text, size_t size);

/* AF_INET or AF_INET6: the domain of a socket that talks to such addresses. */
static inline int family_domain(enum family family)
{
	return family == FAMILY_V4 ? AF_INET : AF_INET6;
}

#endif

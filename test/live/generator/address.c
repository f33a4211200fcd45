// SPDX-License-Identifier: Apache-2.0
#include "address.h"

#include "die.h"

#include <arpa/inet.h>
#include <string.h>

union address address_make(enum family family, const char *text, uint16_t port)
{
	union address address;
	char mapped[INET6_ADDRSTRLEN] = "::ffff:";

	memset(&address, 0, sizeof(address));
	if (family == FAMILY_V4) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
		if (text && inet_pton(AF_INET, text, &address.v4.sin_addr) != 1)
			die("%s is no IPv4 address", text);
		return address;
	}
	address.v6.sin6_family = AF_INET6;
	address.v6.sin6_port = htons(port);
	if (text && family == FAMILY_MAPPED)
		text = strcat(mapped, text);
	if (text && inet_pton(AF_INET6, text, &address.v6.sin6_addr) != 1)
		die("%s is no IPv6 address", text);
	return address;
}

socklen_t address_length(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

uint16_t address_port(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

void address_set_port(union address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET)
		address->v4.sin_port = htons(port);
	else
		address->v6.sin6_port = htons(port);
}

bool address_is_v4(const union address *address)
{
	return address->any.sa_family == AF_INET || IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr);
}

bool address_is_wildcard(const union address *address)
{
	if (address->any.sa_family == AF_INET)
		return address->v4.sin_addr.s_addr == 0;
	return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

static uint32_t v4_bits(const union address *address)
{
	uint32_t bits;

	if (address->any.sa_family == AF_INET)
		return address->v4.sin_addr.s_addr;
	memcpy(&bits, &address->v6.sin6_addr.s6_addr[12], sizeof(bits));
	return bits;
}

bool address_equal(const union address *a, const union address *b)
{
	if (address_port(a) != address_port(b) || address_is_v4(a) != address_is_v4(b))
		return false;
	if (address_is_v4(a))
		return v4_bits(a) == v4_bits(b);
	return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

const char *address_text(const union address *address, char *text, size_t size)
{
	uint32_t bits;

	if (address_is_v4(address)) {
		bits = v4_bits(address);
		return inet_ntop(AF_INET, &bits, text, size);
	}
	return inet_ntop(AF_INET6, &address->v6.sin6_addr, text, size);
}

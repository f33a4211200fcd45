/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and names as text. */
#ifndef PEER_TEXT_H
#define PEER_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Most bytes that one byte of a name becomes. */
#define TEXT_GROWTH 4

/* Each writes at `p` and returns the position behind the text. IPv6 in the form of RFC 5952. */
uint8_t *text_ipv4(uint8_t *p, const uint8_t address[4]);
uint8_t *text_ipv6(uint8_t *p, const uint8_t address[16]);

/* A name others chose: what is no UTF-8, steers a terminal, or is a backslash, becomes \DDD per byte. */
uint8_t *text_safe(uint8_t *p, const uint8_t *name, size_t length);

#endif

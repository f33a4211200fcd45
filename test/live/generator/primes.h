/* SPDX-License-Identifier: Apache-2.0 */
/* Prime byte counts: a sum of any two connections' bytes is no third connection's, so a mix-up cannot look right. */
#ifndef TRAFFIC_PRIMES_H
#define TRAFFIC_PRIMES_H

#include <stdint.h>

/* Sieves the primes below `limit`; call once. */
void primes_prepare(uint32_t limit);

/* The n-th prime, from prime_at(0) = 2. */
uint32_t prime_at(uint32_t n);

/* The first prime that is not less than `from`. */
uint32_t prime_from(uint32_t from);

#endif

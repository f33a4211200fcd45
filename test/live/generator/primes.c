// SPDX-License-Identifier: Apache-2.0
#include "primes.h"

#include "die.h"

#include <stdlib.h>

static uint32_t *primes;
static uint32_t prime_count;

void primes_prepare(uint32_t limit)
{
	uint8_t *composite = calloc(limit, 1);
	uint32_t i;
	uint64_t j;

	primes = malloc(limit / 2 * sizeof(*primes));
	if (!composite || !primes)
		die("no memory for a sieve of %u", limit);
	for (i = 2; i < limit; i++) {
		if (composite[i])
			continue;
		primes[prime_count++] = i;
		for (j = (uint64_t)i * i; j < limit; j += i)
			composite[j] = 1;
	}
	free(composite);
}

uint32_t prime_at(uint32_t n)
{
	if (n >= prime_count)
		die("prime number %u is beyond the sieve", n);
	return primes[n];
}

uint32_t prime_from(uint32_t from)
{
	uint32_t low = 0, high = prime_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (primes[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return prime_at(low);
}

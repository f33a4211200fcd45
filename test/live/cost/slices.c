// SPDX-License-Identifier: Apache-2.0
/*
 * conntrail-slices SECONDS [CPU]: what one connection costs, on a machine that others use too. One thread on one CPU makes connections in slices of
 * 5 ms; printed is the 5th percentile of the slices' time per connection, in ns: the slices in which nobody else ran.
 */
#include "loopback.h"

#include <stdio.h>
#include <stdlib.h>

#define SLICE_NS 5000000ull
#define PERCENTILE 5

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	uint64_t seconds = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
	size_t slices = 0, room = seconds * 1000000000ull / SLICE_NS + 1;
	double *costs = calloc(room, sizeof(*costs));
	struct sockaddr_in address;
	uint64_t end, start, now;
	unsigned int made;
	int listener;

	if (!costs)
		fail("calloc");
	loopback_enter();
	pin_to_cpu(argc > 2 ? atoi(argv[2]) : 0);
	listener = loopback_listen(1, &address);
	end = clock_ns() + seconds * 1000000000ull;
	for (start = clock_ns(); start < end && slices < room; start = clock_ns()) {
		made = 0;
		do {
			loopback_connect_reset(listener, &address);
			made++;
			now = clock_ns();
		} while (now - start < SLICE_NS);
		costs[slices++] = (double)(now - start) / made;
	}
	qsort(costs, slices, sizeof(*costs), ascending);
	printf("%.0f\n", costs[slices * PERCENTILE / 100]);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * conntrail-slices SECONDS [CPU [connect|tcp-echo|udp-echo [BYTES]]]: what one connection, or one message there and back, costs on a machine
 * that others use too. One thread on one CPU works in slices of 5 ms; printed is the 5th percentile of the slices' time per turn, in ns:
 * the slices in which nobody else ran.
 */
#include "loopback.h"
#include "workload.h"

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
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
	const struct workload *workload = workload_named(argc > 3 ? argv[3] : "connect");
	size_t bytes = argc > 4 ? strtoul(argv[4], NULL, 10) : 64;
	size_t slices = 0, room = seconds * 1e9 / SLICE_NS + 1;
	double *costs = calloc(room, sizeof(*costs));
	uint64_t end, start, now;
	unsigned int made;

	if (!workload) {
		fprintf(stderr, "usage: conntrail-slices SECONDS [CPU [connect|tcp-echo|udp-echo [BYTES]]]\n");
		return 2;
	}
	if (!costs)
		fail("calloc");
	loopback_enter();
	pin_to_cpu(argc > 2 ? atoi(argv[2]) : 0);
	workload->prepare(bytes);
	end = clock_ns() + (uint64_t)(seconds * 1e9);
	for (start = clock_ns(); start < end && slices < room; start = clock_ns()) {
		made = 0;
		do {
			workload->once();
			made++;
			now = clock_ns();
		} while (now - start < SLICE_NS);
		costs[slices++] = (double)(now - start) / made;
	}
	qsort(costs, slices, sizeof(*costs), ascending);
	printf("%.0f\n", costs[slices * PERCENTILE / 100]);
	return 0;
}

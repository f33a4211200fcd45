// SPDX-License-Identifier: Apache-2.0
/*
 * conntrail-flood SECONDS THREADS RATE: connects and resets over loopback, RATE connections per second in all, 0 = as fast as it goes.
 * Prints the number of connections made and the seconds it took.
 */
#include "loopback.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_THREADS 64
#define BURST 32 /* connections between two looks at the clock when there is a rate */

static uint64_t start, end;
static double rate_of_one;

static void *flood(void *argument)
{
	uintptr_t number = (uintptr_t)argument;
	struct sockaddr_in address;
	int listener = loopback_listen(number + 1, &address);
	uintptr_t made = 0;

	while (clock_ns() < end) {
		for (int i = 0; i < BURST; i++)
			loopback_connect_reset(listener, &address);
		made += BURST;
		if (rate_of_one > 0) {
			uint64_t due = start + (uint64_t)(made / rate_of_one * 1e9);
			struct timespec until = {.tv_sec = due / 1000000000ull, .tv_nsec = due % 1000000000ull};

			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		}
	}
	return (void *)made;
}

int main(int argc, char **argv)
{
	uint64_t seconds = argc > 1 ? strtoul(argv[1], NULL, 10) : 30;
	uintptr_t threads = argc > 2 ? strtoul(argv[2], NULL, 10) : 2;
	double rate = argc > 3 ? strtod(argv[3], NULL) : 0;
	pthread_t ids[MOST_THREADS];
	uint64_t total = 0;
	void *made;

	if (threads < 1 || threads > MOST_THREADS)
		fail("threads");
	loopback_enter();
	rate_of_one = rate / threads;
	start = clock_ns();
	end = start + seconds * 1000000000ull;
	for (uintptr_t i = 0; i < threads; i++) {
		if (pthread_create(&ids[i], NULL, flood, (void *)i))
			fail("pthread_create");
	}
	for (uintptr_t i = 0; i < threads; i++) {
		pthread_join(ids[i], &made);
		total += (uintptr_t)made;
	}
	printf("%llu %.3f\n", (unsigned long long)total, (clock_ns() - start) / 1e9);
	return 0;
}

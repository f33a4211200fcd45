// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include "die.h"
#include "primes.h"
#include "tcp_kinds.h"
#include "udp_kinds.h"

#include <stdlib.h>

/* The numbers of a whole run; a smaller run has the same shares. */
#define WHOLE_CONNECTIONS 10007
#define WHOLE_EXCHANGES 2003
#define WHOLE_REFUSED 503
#define WHOLE_RESET 211
#define WHOLE_CHAINS 61
#define REFUSED_PER_CHAIN 1
#define RESET_PER_CHAIN 1

struct share {
	const char *kind;
	scenario *run;
	uint32_t count; /* of a whole run; 0: what the others leave */
	uint32_t span;
};

static const struct share connections[] = {
	{"refused", tcp_refused, WHOLE_REFUSED - WHOLE_CHAINS *REFUSED_PER_CHAIN, 1},
	{"reset", tcp_reset, WHOLE_RESET - WHOLE_CHAINS *RESET_PER_CHAIN, 1},
	{"chain", tcp_chain, WHOLE_CHAINS, TCP_CHAIN_SPAN},
	{"half-closed", tcp_half_closed, 797, 1},
	{"server-first", tcp_server_first, 797, 1},
	{"read-shut", tcp_read_shut, 101, 1},
	{"spliced", tcp_spliced, 397, 1},
	{"megabytes", tcp_megabytes, 23, 1},
	{"lossy", tcp_lossy, 11, 1},
	{"self", tcp_self, 7, 1},
	{"no-io", tcp_no_io, 601, 1},
	{"child", tcp_child, 307, 1},
	{"lasting", tcp_lasting, 41, 1},
	{"plain", tcp_plain, 0, 1},
};

static const struct share exchanges[] = {
	{"udp-unconnected", udp_unconnected, 503, 1},
	{"udp-lost", udp_lost, 211, 1},
	{"udp-empty", udp_empty, 83, 1},
	{"udp-peeked", udp_peeked, 83, 1},
	{"udp-many", udp_many, 83, 1},
	{"udp-child", udp_child, 41, 1},
	{"udp-shapes", udp_shapes, 83, 1},
	{"udp-no-address", udp_no_address, 101, 1},
	{"udp-refused", udp_refused, 83, 1},
	{"udp-overflow", udp_overflow, 41, 1},
	{"udp-served", udp_served, 83, 1},
	{"udp-retarget", udp_retarget, 41, 1},
	{"udp-unused", udp_unused, 17, 1},
	{"udp-connected", udp_connected, 0, 1},
};

uint32_t item_bytes(const struct item *item, uint32_t offset, enum item_way way)
{
	uint32_t number = item->number + offset;

	return prime_at(way == ITEM_REQUEST ? number : item->total - 1 - number);
}

static uint32_t scaled(uint32_t count, uint32_t total, uint32_t whole)
{
	return (uint64_t)count * total / whole;
}

static void add(struct plan *plan, const struct share *shares, uint32_t kinds, uint32_t total, uint32_t whole,
		bool lossy)
{
	uint32_t number = 0, i, variant, count;

	for (i = 0; i < kinds; i++) {
		scenario *run = shares[i].run == tcp_lossy && !lossy ? tcp_plain : shares[i].run;

		count = shares[i].count ? scaled(shares[i].count, total, whole) : total - number;
		for (variant = 0; variant < count; variant++, number += shares[i].span) {
			struct step step = {run, {shares[i].kind, number, variant, total}};

			if (run == tcp_lasting)
				plan->first[plan->first_count++] = step;
			else
				plan->steps[plan->count++] = step;
		}
		if (number > total)
			die("the shares of %u are more than the whole", total);
	}
}

static void shuffle(struct step *steps, uint32_t count, uint32_t seed)
{
	uint64_t state = seed;
	uint32_t i, j;

	for (i = count; i > 1; i--) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		j = (state >> 33) % i;
		struct step step = steps[i - 1];
		steps[i - 1] = steps[j];
		steps[j] = step;
	}
}

void plan_make(struct plan *plan, uint32_t tcp, uint32_t udp, uint32_t seed, bool lossy)
{
	*plan = (struct plan){.first = calloc(tcp + 1, sizeof(*plan->first)),
			      .steps = calloc(tcp + udp, sizeof(*plan->steps))};
	if (!plan->first || !plan->steps)
		die("no memory for a plan of %u", tcp + udp);
	add(plan, connections, sizeof(connections) / sizeof(*connections), tcp, WHOLE_CONNECTIONS, lossy);
	add(plan, exchanges, sizeof(exchanges) / sizeof(*exchanges), udp, WHOLE_EXCHANGES, lossy);
	shuffle(plan->steps, plan->count, seed);
}

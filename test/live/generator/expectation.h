/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generator's own list: what one socket end did, known from the calls that were made on it. One JSON object per line.
 */
#ifndef TRAFFIC_EXPECTATION_H
#define TRAFFIC_EXPECTATION_H

#include "actor.h"

#include <stdio.h>

enum source {
	SOURCE_LISTENER = 1,
	SOURCE_CLOSE = 2,
	SOURCE_FIRST_IO = 4,
	SOURCE_CONNECT = 8,
};

enum port_knowledge {
	PORT_EXACT,
	PORT_NOT_ZERO, /* chosen by the kernel and given back before anyone could ask */
};

struct expectation {
	const char *kind; /* name of the scenario, for whoever reads a difference */
	uint32_t number; /* of the connection or exchange */
	bool tcp;
	bool outgoing;
	uint64_t cookie;
	uint32_t generation; /* TCP: connects on this socket; UDP: 0, the peer tells */
	uint64_t netns_inode;
	uint64_t netns_cookie;
	union address local; /* wildcard: the record may say null or an address */
	enum port_knowledge local_port;
	union address remote; /* family 0: unknown to the application too */
	uint64_t sent_bytes;
	uint64_t received_bytes;
	/* UDP: exact. TCP: TCP_INFO's when last asked, so at least these. */
	uint64_t sent_packets;
	uint64_t received_packets;
	uint32_t retransmits;
	bool established;
	bool lasting; /* stayed open for several seconds */
	int failure; /* errno; 0: none */
	bool remote_failed; /* the failure came from the other end */
	pid_t pid;
	uid_t uid;
	char name[ACTOR_NAME_LENGTH];
	unsigned int sources; /* enum source, several where it depends on what the kernel shows of a call */
	int64_t after_ns; /* boot clock before the first call and after the last one */
	int64_t before_ns;
};

/* The process that owns the end from here on. */
void expectation_own(struct expectation *expectation, const struct actor *actor, unsigned int sources);

void expectation_write(FILE *list, const struct expectation *expectation);

/* A socket of which no record may appear, because nothing was ever sent or received on it. */
void expectation_write_absent(FILE *list, const char *kind, uint64_t cookie);

int64_t boot_clock_ns(void);

#endif

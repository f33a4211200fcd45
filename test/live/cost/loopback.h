/* SPDX-License-Identifier: Apache-2.0 */
/* Connections over the loopback of a network namespace of the program's own. */
#ifndef COST_LOOPBACK_H
#define COST_LOOPBACK_H

#include <netinet/in.h>
#include <stdint.h>

/* Moves the calling process to a new network namespace whose loopback is up. */
void loopback_enter(void);

/* A listener at 127.0.0.`host`, and its address. */
int loopback_listen(uint8_t host, struct sockaddr_in *address);

/* One connection: connect, accept, and an RST that closes both ends at once and leaves no TIME_WAIT. */
void loopback_connect_reset(int listener, const struct sockaddr_in *address);

void pin_to_cpu(int cpu);

uint64_t clock_ns(void);

__attribute__((noreturn)) void fail(const char *what);

#endif

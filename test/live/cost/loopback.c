// SPDX-License-Identifier: Apache-2.0
#include "loopback.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef COST_CLOCK
#define COST_CLOCK CLOCK_MONOTONIC
#endif

void fail(const char *what)
{
	perror(what);
	exit(1);
}

void loopback_enter(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int control;

	if (unshare(CLONE_NEWNET))
		fail("unshare (it takes root)");
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (control < 0 || ioctl(control, SIOCSIFFLAGS, &request))
		fail("loopback");
	close(control);
}

int loopback_listen(uint8_t host, struct sockaddr_in *address)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK - 1 + host)}};
	if (listener < 0 || bind(listener, (struct sockaddr *)address, sizeof(*address)) || listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)address, &length))
		fail("listen");
	return listener;
}

void loopback_connect_reset(int listener, const struct sockaddr_in *address)
{
	static const struct linger reset = {.l_onoff = 1};
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int server;

	if (client < 0 || connect(client, (const struct sockaddr *)address, sizeof(*address)))
		fail("connect");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		fail("accept");
	if (setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) || close(client) || close(server))
		fail("close");
}

void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(COST_CLOCK, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

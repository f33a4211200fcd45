// SPDX-License-Identifier: Apache-2.0
/*
 * conntrail-hold CONNECTIONS: opens so many connections over loopback, prints "ready", and holds them until its input ends. A byte has gone
 * through each, so that both ends have been used.
 */
#include "loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Connections of one process: two files each, below the usual hard limit; and below the ports one address may draw. */
#define PER_PROCESS 8192

static void wait_for_end(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static void hold(unsigned long number, unsigned long connections, int ready)
{
	struct sockaddr_in address;
	int listener = loopback_listen(1 + number, &address);
	char byte = 0;

	for (unsigned long i = 0; i < connections; i++) {
		int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

		if (client < 0 || connect(client, (struct sockaddr *)&address, sizeof(address)))
			fail("connect");
		server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (server < 0 || send(client, &byte, 1, 0) != 1 || recv(server, &byte, 1, 0) != 1)
			fail("accept");
	}
	if (write(ready, &byte, 1) != 1)
		fail("pipe");
	wait_for_end();
}

int main(int argc, char **argv)
{
	unsigned long connections = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	unsigned long processes = (connections + PER_PROCESS - 1) / PER_PROCESS;
	int ready[2];
	char byte;

	loopback_enter();
	if (pipe(ready))
		fail("pipe");
	for (unsigned long i = 0; i < processes; i++) {
		unsigned long left = connections - i * PER_PROCESS;
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0) {
			hold(i, left < PER_PROCESS ? left : PER_PROCESS, ready[1]);
			_exit(0);
		}
	}
	close(ready[1]);
	for (unsigned long i = 0; i < processes; i++)
		if (read(ready[0], &byte, 1) != 1)
			fail("a process that holds connections");
	puts("ready");
	fflush(stdout);
	wait_for_end();
	while (wait(NULL) > 0)
		;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "workload.h"

#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct sockaddr_in address;
static int listener, client, server;
static size_t size;
static char *message;

static void prepare_connect(size_t bytes)
{
	(void)bytes;
	listener = loopback_listen(1, &address);
}

static void connect_once(void)
{
	loopback_connect_reset(listener, &address);
}

static void prepare_message(size_t bytes)
{
	size = bytes;
	message = calloc(1, bytes);
	if (!message)
		fail("calloc");
}

static void prepare_tcp(size_t bytes)
{
	/* One thread writes a whole message before it reads: both buffers must hold it. */
	int one = 1, room = 4 * bytes + 65536;

	prepare_message(bytes);
	listener = loopback_listen(1, &address);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0 || setsockopt(client, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) ||
	    setsockopt(client, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) ||
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) ||
	    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) ||
	    connect(client, (struct sockaddr *)&address, sizeof(address)))
		fail("connect");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0 || setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		fail("accept");
}

static void pass(int from, int to)
{
	if (send(from, message, size, 0) != (ssize_t)size)
		fail("send");
	for (size_t have = 0; have < size;) {
		ssize_t got = recv(to, message, size - have, 0);

		if (got <= 0)
			fail("recv");
		have += got;
	}
}

static void tcp_echo_once(void)
{
	pass(client, server);
	pass(server, client);
}

/* An unconnected pair, as most servers have it: each call names its peer. */
static void prepare_udp(size_t bytes)
{
	socklen_t length = sizeof(address);

	prepare_message(bytes);
	client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	if (client < 0 || server < 0 || bind(server, (struct sockaddr *)&address, length) ||
	    getsockname(server, (struct sockaddr *)&address, &length))
		fail("bind");
}

static void udp_echo_once(void)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);

	if (sendto(client, message, size, 0, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    recvfrom(server, message, size, 0, (struct sockaddr *)&peer, &length) < 0 ||
	    sendto(server, message, size, 0, (struct sockaddr *)&peer, length) < 0 ||
	    recvfrom(client, message, size, 0, (struct sockaddr *)&peer, &length) < 0)
		fail("datagram");
}

const struct workload *workload_named(const char *name)
{
	static const struct workload workloads[] = {
		{"connect", prepare_connect, connect_once},
		{"tcp-echo", prepare_tcp, tcp_echo_once},
		{"udp-echo", prepare_udp, udp_echo_once},
	};

	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (!strcmp(name, workloads[i].name))
			return &workloads[i];
	return NULL;
}

// SPDX-License-Identifier: Apache-2.0
#include "operation.h"

#include "die.h"
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 20000

static int option_of(int fd, int level, int name)
{
	int value = 0;
	socklen_t length = sizeof(value);

	if (getsockopt(fd, level, name, &value, &length))
		die("getsockopt %d", name);
	return value;
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static uint8_t tcp_state(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		die("TCP_INFO");
	return info.tcpi_state;
}

/* Whether what the request waits for has come. */
static bool reached(const struct request *request)
{
	int bytes = 0;

	if (request->operation == OPERATION_WAIT_STATE)
		return tcp_state(request->fd) == request->option;
	if (ioctl(request->fd, request->operation == OPERATION_SETTLE ? SIOCOUTQ : SIOCINQ, &bytes))
		die("ioctl of a queue");
	return request->operation == OPERATION_SETTLE ? bytes == 0 : (uint64_t)bytes >= request->amount;
}

static int64_t wait_until_reached(const struct request *request)
{
	int64_t start = clock_ms();
	unsigned int tries;

	for (tries = 0; !reached(request); tries++) {
		if (clock_ms() - start > PATIENCE_MS) {
			errno = 0;
			die("operation %u waited in vain for %d, %llu (state %u)", request->operation, request->option,
			    (unsigned long long)request->amount, tcp_state(request->fd));
		}
		usleep(tries < 20 ? 10 : 500);
	}
	return 0;
}

static void read_facts(int fd, struct facts *facts)
{
	struct tcp_info info = {0};
	struct timespec now;
	socklen_t length = sizeof(facts->cookie);

	memset(facts, 0, sizeof(*facts));
	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &facts->cookie, &length))
		die("SO_COOKIE");
	length = sizeof(facts->netns_cookie);
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &facts->netns_cookie, &length))
		die("SO_NETNS_COOKIE");
	length = sizeof(facts->local);
	if (getsockname(fd, &facts->local.any, &length))
		die("getsockname");
	length = sizeof(facts->remote);
	if (getpeername(fd, &facts->remote.any, &length))
		memset(&facts->remote, 0, sizeof(facts->remote));
	clock_gettime(CLOCK_BOOTTIME, &now);
	facts->boot_ns = now.tv_sec * 1000000000LL + now.tv_nsec;
	if (option_of(fd, SOL_SOCKET, SO_TYPE) != SOCK_STREAM)
		return;
	length = sizeof(info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		die("TCP_INFO");
	facts->segments_out = info.tcpi_segs_out;
	facts->segments_in = info.tcpi_segs_in;
	facts->retransmits = info.tcpi_total_retrans;
	facts->state = info.tcpi_state;
}

/* -1 with errno, as connect(2) would have it had it blocked. */
static int connect_without_blocking(int fd, const union address *address)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	int flags = fcntl(fd, F_GETFL);
	int error = 0;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	if (connect(fd, &address->any, address_length(address))) {
		if (errno != EINPROGRESS) {
			error = errno;
		} else {
			if (poll(&writable, 1, PATIENCE_MS) != 1)
				die("a connect never ended");
			error = option_of(fd, SOL_SOCKET, SO_ERROR);
		}
	}
	fcntl(fd, F_SETFL, flags);
	errno = error;
	return error ? -1 : 0;
}

static int64_t send_by_child(const struct request *request, struct reply *reply)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child)
		_exit(payload_send(request->fd, request->amount, request->option) != request->amount);
	if (waitpid(child, &status, 0) != child || status)
		die("a child that was to send failed");
	reply->pid = child;
	return request->amount;
}

/* The child is the last to hold the socket: its close is the one that counts. */
static int64_t close_by_child(const struct request *request, struct reply *reply)
{
	int closed[2], status;
	char byte;
	pid_t child;

	if (pipe(closed))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		if (read(closed[0], &byte, 1) != 1)
			_exit(1);
		_exit(close(request->fd) != 0);
	}
	if (close(request->fd) || write(closed[1], "", 1) != 1)
		die("handing a socket over");
	if (waitpid(child, &status, 0) != child || status)
		die("a child that was to close failed");
	close(closed[0]);
	close(closed[1]);
	reply->pid = child;
	return 0;
}

static int64_t abort_socket(int fd)
{
	struct linger linger = {.l_onoff = 1};

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
	return close(fd);
}

static int64_t perform(const struct request *request, struct reply *reply)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	int one = 1, zero = 0;
	char byte;

	switch (request->operation) {
	case OPERATION_SOCKET:
		return socket(request->option, request->flags | SOCK_CLOEXEC, 0);
	case OPERATION_BIND:
		/* A wildcard IPv6 socket takes IPv4 too, whatever the machine's default. */
		if (request->address.any.sa_family == AF_INET6)
			setsockopt(request->fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
		return bind(request->fd, &request->address.any, address_length(&request->address));
	case OPERATION_LISTEN:
		return listen(request->fd, 4096);
	case OPERATION_ACCEPT:
		return accept4(request->fd, NULL, NULL, SOCK_CLOEXEC);
	case OPERATION_CONNECT:
		if (request->option)
			return connect_without_blocking(request->fd, &request->address);
		return connect(request->fd, &request->address.any, address_length(&request->address));
	case OPERATION_DISCONNECT:
		return connect(request->fd, &nobody, sizeof(nobody));
	case OPERATION_FACTS:
		read_facts(request->fd, &reply->facts);
		return 0;
	case OPERATION_NO_DELAY:
		return setsockopt(request->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	case OPERATION_SEND:
		return payload_send(request->fd, request->amount, request->option);
	case OPERATION_RECEIVE:
		return payload_receive(request->fd, request->amount, request->option);
	case OPERATION_RECEIVE_END:
		return recv(request->fd, &byte, 1, 0);
	case OPERATION_SEND_BY_CHILD:
		return send_by_child(request, reply);
	case OPERATION_CLOSE_BY_CHILD:
		return close_by_child(request, reply);
	case OPERATION_SETTLE:
	case OPERATION_WAIT_QUEUED:
	case OPERATION_WAIT_STATE:
		return wait_until_reached(request);
	case OPERATION_TAKE_ERROR:
		return option_of(request->fd, SOL_SOCKET, SO_ERROR);
	case OPERATION_SHUTDOWN:
		return shutdown(request->fd, request->option);
	case OPERATION_CLOSE:
		return close(request->fd);
	case OPERATION_ABORT:
		return abort_socket(request->fd);
	default:
		return datagram_perform(request, reply);
	}
}

void operation_perform(const struct request *request, struct reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->pid = getpid();
	errno = 0;
	reply->result = perform(request, reply);
	reply->error = reply->result < 0 ? errno : 0;
}

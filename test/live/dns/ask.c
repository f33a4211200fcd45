/*
 * Usage: ask ADDRESS PORT COUNT PREFIX TIMEOUT_MS
 * Asks a server COUNT times, one after the other, for the address of PREFIX-N.slow.test, by datagrams from one socket. Prints as JSON the id, the
 * name and by its own clock how long each answer took, µs; null: it did not come in time. It runs before whatever else wants the CPU, so that
 * its clock is read when the answer is there.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static size_t put_label(uint8_t *at, const char *text)
{
	const size_t length = strlen(text);
	*at = (uint8_t)length;
	memcpy(at + 1, text, length);
	return length + 1;
}

/* RFC 1035 §4.1: one question, recursion desired. */
static size_t put_query(uint8_t *at, uint16_t id, const char *label)
{
	static const uint8_t flags[10] = {1, 0, 0, 1};
	size_t length = 12;
	at[0] = id >> 8;
	at[1] = (uint8_t)id;
	memcpy(at + 2, flags, sizeof(flags));
	length += put_label(at + length, label);
	length += put_label(at + length, "slow");
	length += put_label(at + length, "test");
	memcpy(at + length, "\0\0\1\0\1", 5);
	return length + 5;
}

/* The answer to `id`; false: it did not come by `deadline`. What comes late for an earlier one is passed over. */
static int receive(int fd, uint16_t id, int64_t deadline)
{
	for (;;) {
		uint8_t answer[512];
		const int64_t left = deadline - now_ns();
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		const struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
		if (left <= 0 || ppoll(&ready, 1, &wait, NULL) == 0)
			return 0;
		const ssize_t length = recv(fd, answer, sizeof(answer), 0);
		/* A server that is gone: told by ICMP, and the next may come. */
		if (length < 0 && errno != ECONNREFUSED)
			die("recv");
		if (length >= 12 && answer[0] == id >> 8 && answer[1] == (uint8_t)id)
			return 1;
	}
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	const struct sched_param first = {.sched_priority = 10};
	struct addrinfo *server;
	if (argc != 6 || getaddrinfo(argv[1], argv[2], &hints, &server))
		return fprintf(stderr, "usage: ask ADDRESS PORT COUNT PREFIX TIMEOUT_MS\n"), 2;
	const int fd = socket(server->ai_family, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, server->ai_addr, server->ai_addrlen))
		die("connect");
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("sched_setscheduler");
	for (int i = 1; i <= atoi(argv[3]); i++) {
		char label[64];
		uint8_t query[128];
		snprintf(label, sizeof(label), "%s-%d", argv[4], i);
		const size_t length = put_query(query, (uint16_t)i, label);
		const int64_t start = now_ns();
		if (send(fd, query, length, 0) < 0 && errno != ECONNREFUSED)
			die("send");
		const int came = receive(fd, (uint16_t)i, start + atoi(argv[5]) * INT64_C(1000000));
		const int64_t end = now_ns();
		printf("{\"id\":%d,\"name\":\"%s.slow.test\",\"latency_us\":", i, label);
		if (came)
			printf("%.3f}\n", (double)(end - start) / 1000);
		else
			printf("null}\n");
	}
	return 0;
}

/*
 * Usage: slow ADDRESS PORT DELAY_MS
 * A server that answers each question for an address DELAY_MS after it came, all others beside it, with 192.0.2.9. Prints `ready` when it listens.
 */
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST = 4096 }; /* questions that wait at a time; beyond, they are not answered */

struct waiting {
	int64_t due_ns;
	struct sockaddr_storage from;
	socklen_t from_length;
	size_t length;
	uint8_t bytes[512];
};

static struct waiting queue[MOST];
static unsigned int head, tail;

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The question becomes its answer: whatever was asked, one address. */
static size_t answer(uint8_t *bytes, size_t length)
{
	static const uint8_t record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9};
	size_t end = 12;
	while (end < length && bytes[end])
		end += bytes[end] + 1u;
	end += 5;
	if (end + sizeof(record) > sizeof(queue[0].bytes))
		return 0;
	bytes[2] = 0x84; /* an answer, with authority */
	bytes[3] = 0;
	memset(bytes + 6, 0, 6);
	bytes[7] = 1;
	memcpy(bytes + end, record, sizeof(record));
	return end + sizeof(record);
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	const struct sched_param first = {.sched_priority = 9};
	struct addrinfo *own;
	if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &own))
		return fprintf(stderr, "usage: slow ADDRESS PORT DELAY_MS\n"), 2;
	const int64_t delay = atoll(argv[3]) * 1000000;
	const int fd = socket(own->ai_family, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, own->ai_addr, own->ai_addrlen) || sched_setscheduler(0, SCHED_FIFO, &first))
		return perror("slow"), 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		const int64_t left = head == tail ? INT64_C(3600000000000) : queue[head % MOST].due_ns - now_ns();
		const struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
		if (left > 0 && ppoll(&ready, 1, &wait, NULL) > 0 && tail - head < MOST) {
			struct waiting *next = &queue[tail % MOST];
			next->from_length = sizeof(next->from);
			const ssize_t length = recvfrom(fd, next->bytes, sizeof(next->bytes), 0,
							(struct sockaddr *)&next->from, &next->from_length);
			next->due_ns = now_ns() + delay;
			next->length = length < 17 ? 0 : answer(next->bytes, (size_t)length);
			if (next->length)
				tail++;
		}
		while (head != tail && queue[head % MOST].due_ns <= now_ns()) {
			const struct waiting *due = &queue[head++ % MOST];
			sendto(fd, due->bytes, due->length, 0, (const struct sockaddr *)&due->from, due->from_length);
		}
	}
}

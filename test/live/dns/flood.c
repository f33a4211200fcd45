/*
 * Usage: flood ADDRESS PORT QUERIES PER_SECOND
 * Asks for so many names that nobody asked for before, at that pace, and answers them itself, at ADDRESS and PORT: 64 at a time each way, with
 * one call, so that one thread does more than a resolver and its load generator do. All is on loopback, where what was sent has arrived when the
 * call returns; each query has its answer. Prints `SENT ANSWERED PER_SECOND`: questions, answers that came back, and questions in a second.
 */
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

enum {
	ASKERS = 8, /* sockets that ask, in turn */
	BATCH = 64, /* queries at a time */
	NAME_DIGITS = 16,
	QUESTION = 12 + 1 + NAME_DIGITS + sizeof("\3any\4test") + 4,
	MOST = 512,
};

/* Of one call. */
struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_storage peers[BATCH];
	uint8_t bytes[BATCH][MOST];
};

static struct batch questions, answers;

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* xorshift64* (Vigna): names need not be hard to guess. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static void lay_out(struct batch *batch)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		struct msghdr *head = &batch->messages[i].msg_hdr;
		batch->parts[i].iov_base = batch->bytes[i];
		batch->parts[i].iov_len = MOST;
		head->msg_iov = &batch->parts[i];
		head->msg_iovlen = 1;
		head->msg_name = NULL;
		head->msg_namelen = 0;
	}
}

/* What the server takes, with the addresses of those who asked. */
static void expect(struct batch *batch)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		batch->parts[i].iov_len = MOST;
		batch->messages[i].msg_hdr.msg_name = &batch->peers[i];
		batch->messages[i].msg_hdr.msg_namelen = sizeof(batch->peers[i]);
	}
}

static void ask(uint8_t *bytes, uint16_t id, uint64_t name)
{
	static const uint8_t head[12] = {0, 0, 1, 0, 0, 1};
	static const uint8_t tail[] = "\3any\4test\0\0\1\0\1";
	memcpy(bytes, head, sizeof(head));
	bytes[0] = (uint8_t)(id >> 8);
	bytes[1] = (uint8_t)id;
	bytes[12] = NAME_DIGITS;
	for (unsigned int i = 0; i < NAME_DIGITS; i++, name >>= 4)
		bytes[13 + i] = (uint8_t) "0123456789abcdef"[name & 15];
	memcpy(bytes + 13 + NAME_DIGITS, tail, sizeof(tail) - 1);
}

/* The question becomes its answer: one address. */
static size_t answer(uint8_t *bytes, size_t length)
{
	static const uint8_t record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9};
	bytes[2] = 0x85; /* an answer, with authority */
	bytes[7] = 1;
	memcpy(bytes + length, record, sizeof(record));
	return length + sizeof(record);
}

static int must(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

/* One batch, there and back, of which the kernel may have taken a part only. */
static unsigned int exchange(int server, int asker, unsigned int count)
{
	unsigned int answered = 0;
	for (unsigned int asked = 0; asked < count;) {
		const int sent = must(sendmmsg(asker, questions.messages + asked, count - asked, 0), "sendmmsg");
		asked += (unsigned int)sent;
		expect(&answers);
		const int taken = must(recvmmsg(server, answers.messages, BATCH, MSG_DONTWAIT, NULL), "recvmmsg");
		for (int i = 0; i < taken; i++)
			answers.parts[i].iov_len = answer(answers.bytes[i], answers.messages[i].msg_len);
		for (int told = 0; told < taken;)
			told += must(sendmmsg(server, answers.messages + told, (unsigned int)(taken - told), 0),
				     "sendmmsg");
		lay_out(&answers);
		answered +=
			(unsigned int)must(recvmmsg(asker, answers.messages, BATCH, MSG_DONTWAIT, NULL), "recvmmsg");
	}
	return answered;
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *own;
	int askers[ASKERS];
	uint64_t state;
	if (argc != 5 || getaddrinfo(argv[1], argv[2], &hints, &own))
		return fprintf(stderr, "usage: flood ADDRESS PORT QUERIES PER_SECOND\n"), 2;
	const uint64_t queries = strtoull(argv[3], NULL, 10), rate = strtoull(argv[4], NULL, 10);
	const int server = must(socket(own->ai_family, SOCK_DGRAM, 0), "socket");
	must(bind(server, own->ai_addr, own->ai_addrlen), "bind");
	for (unsigned int i = 0; i < ASKERS; i++) {
		askers[i] = must(socket(own->ai_family, SOCK_DGRAM, 0), "socket");
		must(connect(askers[i], own->ai_addr, own->ai_addrlen), "connect");
	}
	must((int)getrandom(&state, sizeof(state), 0), "getrandom");
	lay_out(&questions);
	lay_out(&answers);

	uint64_t sent = 0, answered = 0;
	const int64_t begin = now_ns();
	for (unsigned int turn = 0; sent < queries; turn++) {
		const unsigned int count = queries - sent < BATCH ? (unsigned int)(queries - sent) : BATCH;
		const int64_t due = begin + (int64_t)(sent * 1000000000 / rate);
		const struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL))
			;
		for (unsigned int i = 0; i < count; i++) {
			ask(questions.bytes[i], (uint16_t)(sent + i), next_random(&state));
			questions.parts[i].iov_len = QUESTION;
		}
		answered += exchange(server, askers[turn % ASKERS], count);
		sent += count;
	}
	printf("%llu %llu %.0f\n", (unsigned long long)sent, (unsigned long long)answered,
	       (double)sent * 1e9 / (double)(now_ns() - begin));
	return sent == answered ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The synthetic benchmarks in C.
 *
 *   peer end-to-end INPUT [--no-avro] [--no-ring] [--check] [--warm FRAMES]
 *   peer encode INPUT [--check] [--records N] [--repeat N]
 *
 * Prints one line of JSON. Nothing is timed before the warm-up ends.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pipeline.h"
#include "ring.h"

#define CHUNK (1 << 20)
/* Where every read begins, in the middle of a page, what is left of the last one in front of it: see benchmarks/input/read-frames.ts. */
#define LANDING ((1 << 16) + 2048)

static struct {
	const char *path;
	bool avro, ring, check;
	uint64_t warm, records, repeat;
} options = {.avro = true, .ring = true, .records = 300000, .repeat = 10};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t frame_size(const struct ct_frame *frame)
{
	return sizeof(*frame) + ((frame->length + 7) & ~7u);
}

/* Calls `take` with the first `limit` frames of the input; they are valid during the call. */
static void read_frames(uint64_t limit, void (*take)(void *context, const void *frame), void *context)
{
	uint8_t *chunk = malloc(LANDING + CHUNK);
	int fd = open(options.path, O_RDONLY);
	size_t have = 0;
	ssize_t got;

	if (fd < 0 || !chunk)
		die(options.path);
	for (;;) {
		size_t at = LANDING - have;
		size_t end;

		got = read(fd, chunk + LANDING, CHUNK);
		if (got < 0)
			die(options.path);
		end = LANDING + got;
		while (limit && end - at >= sizeof(struct ct_frame)) {
			const struct ct_frame *frame = (const void *)(chunk + at);
			if (end - at < frame_size(frame))
				break;
			take(context, frame);
			at += frame_size(frame);
			limit--;
		}
		if (!got || !limit)
			break;
		have = end - at;
		if (have > LANDING) {
			fprintf(stderr, "a frame of the input is longer than any that a reader writes\n");
			exit(1);
		}
		memmove(chunk + LANDING - have, chunk + at, have);
	}
	close(fd);
	free(chunk);
}

static void put(void *ring, const void *frame)
{
	ring_put(ring, frame, frame_size(frame));
}

static void push(void *pipeline, const void *frame)
{
	pipeline_push(pipeline, frame);
}

struct reading {
	struct ring *ring;
	uint64_t limit;
};

static void *reader(void *argument)
{
	struct reading *reading = argument;

	read_frames(reading->limit, put, reading->ring);
	ring_end(reading->ring);
	return NULL;
}

/* As conntrail does it: one thread reads into the ring, this one takes frames from it. */
static void run_ring(struct pipeline *pipeline, uint64_t limit)
{
	struct ring *ring = aligned_alloc(64, sizeof(*ring));
	struct reading reading = {ring, limit};
	pthread_t thread;

	if (!ring)
		die("ring");
	memset(ring, 0, sizeof(*ring));
	if (pthread_create(&thread, NULL, reader, &reading))
		die("thread");
	ring_drain(ring, push, pipeline);
	pthread_join(thread, NULL);
	free(ring);
}

static void run(struct pipeline *pipeline, uint64_t limit)
{
	if (options.ring)
		run_ring(pipeline, limit);
	else
		read_frames(limit, push, pipeline);
}

static void end_to_end(void)
{
	struct pipeline *pipeline;
	double begin, seconds;

	if (options.warm) {
		pipeline = pipeline_new(options.avro, false);
		run(pipeline, options.warm);
		pipeline_free(pipeline);
	}
	pipeline = pipeline_new(options.avro, options.check);
	begin = now();
	run(pipeline, UINT64_MAX);
	pipeline_finish(pipeline);
	seconds = now() - begin;
	printf("{\"seconds\":%.9f,\"frames\":%lu,\"records\":%lu,\"emitted\":%lu,\"bytes\":%lu,\"crc\":%u,\"sum\":%lu,"
	       "\"kept\":%lu,\"discarded\":%lu,\"repeated\":%lu,\"late\":%lu,\"open\":%lu}\n",
	       seconds, pipeline->frames, pipeline->records, pipeline->emitted, pipeline->blocks.total,
	       pipeline->blocks.crc, pipeline->sum, pipeline->kept, pipeline->discarded, pipeline->table.repeated,
	       pipeline->table.late, pipeline->table.open);
	pipeline_free(pipeline);
}

struct sample {
	struct ct_conn *conns;
	uint64_t count;
};

static void collect(void *context, const void *data)
{
	struct sample *sample = context;
	const struct ct_frame *frame = data;
	const struct ct_conn *conns = (const void *)(frame + 1);
	uint32_t count = 0;

	if (frame->kind == CT_CONNECTIONS_KIND_SNAPSHOT) {
		count = frame->length / sizeof(*conns);
	} else if (frame->kind == CT_CONNECTIONS_KIND_BATCH) {
		conns = ((const struct ct_batch *)conns)->records;
		count = CT_BATCH_CAPACITY;
	}
	if (count > options.records - sample->count)
		count = options.records - sample->count;
	memcpy(sample->conns + sample->count, conns, count * sizeof(*conns));
	sample->count += count;
}

/* The encoder alone, on records in memory; what they add is what they total. */
static void encode(void)
{
	struct pipeline *pipeline = pipeline_new(true, options.check);
	struct sample sample = {calloc(options.records, sizeof(*sample.conns)), 0};
	double begin = 0;

	read_frames(UINT64_MAX, collect, &sample);
	for (uint64_t round = 0; round <= options.repeat; round++) {
		/* The first one is the warm-up. */
		if (round == 1) {
			blocks_close(&pipeline->blocks);
			blocks_init(&pipeline->blocks, options.check);
			begin = now();
		}
		for (uint64_t i = 0; i < sample.count; i++) {
			const struct ct_conn *c = &sample.conns[i];
			struct deltas d = {c->sent_bytes,   c->received_bytes,
					   c->sent_packets, c->received_packets,
					   c->retransmits,  0,
					   c->state};
			pipeline->blocks.end = avro_connection(blocks_room(&pipeline->blocks), &pipeline->prefix, c, &d,
							       i + 1, 1790000000000000);
		}
	}
	blocks_close(&pipeline->blocks);
	printf("{\"seconds\":%.9f,\"records\":%lu,\"bytes\":%lu,\"crc\":%u}\n", now() - begin,
	       sample.count * options.repeat, pipeline->blocks.total, pipeline->blocks.crc);
	free(sample.conns);
	pipeline_free(pipeline);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"no-avro", no_argument, NULL, 'a'},
		{"no-ring", no_argument, NULL, 'r'},
		{"check", no_argument, NULL, 'c'},
		{"warm", required_argument, NULL, 'w'},
		{"records", required_argument, NULL, 'n'},
		{"repeat", required_argument, NULL, 'x'},
		{0},
	};

	for (int option; (option = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		switch (option) {
		case 'a':
			options.avro = false;
			break;
		case 'r':
			options.ring = false;
			break;
		case 'c':
			options.check = true;
			break;
		case 'w':
			options.warm = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			options.records = strtoull(optarg, NULL, 10);
			break;
		case 'x':
			options.repeat = strtoull(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: peer end-to-end|encode INPUT [OPTIONS]\n");
		return 2;
	}
	options.path = argv[optind + 1];
	if (!strcmp(argv[optind], "end-to-end"))
		end_to_end();
	else
		encode();
	return 0;
}

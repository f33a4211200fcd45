// SPDX-License-Identifier: Apache-2.0
/*
 * peer-live OBJECT READY: traces until SIGINT, through the same table and encoder as the synthetic benchmarks; records go to /dev/null.
 * Makes the file READY when every program is attached, and prints what it saw at the end.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pipeline.h"

#define CONSUME_NS 100000000
/* A closed connection is forgotten after this long. */
#define BURIED_NS 5000000000ull

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int on_event(void *context, void *data, size_t size)
{
	struct {
		struct ct_frame frame;
		struct ct_single single;
	} buffer = {.frame = {.length = sizeof(struct ct_single), .kind = CT_CONNECTIONS_KIND_SINGLE, .fresh = 1}};

	if (size < sizeof(buffer.single))
		return 0;
	memcpy(&buffer.single, data, sizeof(buffer.single));
	pipeline_push(context, &buffer.frame);
	return 0;
}

static void attach(struct bpf_object *object)
{
	int cgroup = open("/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_program *program;

	if (cgroup < 0)
		cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bpf_object__for_each_program (program, object) {
		bool in_cgroup = !strncmp(bpf_program__section_name(program), "cgroup/", 7);
		struct bpf_link *link =
			in_cgroup ? bpf_program__attach_cgroup(program, cgroup) : bpf_program__attach(program);

		if (!link)
			die(bpf_program__name(program));
	}
}

int main(int argc, char **argv)
{
	struct pipeline *pipeline = pipeline_new(true, false);
	struct bpf_object *object;
	struct ring_buffer *ring;
	struct timespec pause = {.tv_nsec = CONSUME_NS};

	if (argc != 3) {
		fprintf(stderr, "usage: peer-live OBJECT READY\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		die(argv[1]);
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), on_event, pipeline, NULL);
	if (!ring)
		die("ring buffer");
	attach(object);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	if (creat(argv[2], 0644) < 0)
		die(argv[2]);
	while (!stopped) {
		nanosleep(&pause, NULL);
		pipeline->wall_offset_us = (int64_t)(now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME)) / 1000;
		table_clock(&pipeline->table, now_ns(CLOCK_BOOTTIME));
		ring_buffer__consume(ring);
		table_release(&pipeline->table, now_ns(CLOCK_BOOTTIME) - BURIED_NS);
	}
	bpf_object__close(object);
	pipeline_finish(pipeline);
	printf("{\"emitted\":%lu,\"bytes\":%lu}\n", pipeline->emitted, pipeline->blocks.total);
	return 0;
}

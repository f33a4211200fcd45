// SPDX-License-Identifier: Apache-2.0
/*
 * conntrail-traffic: makes connections and exchanges of every kind in network namespaces of its own, and writes the list of what each socket
 * end did. It knows that from the calls it makes, not from any tracer.
 */
#include "counters.h"
#include "die.h"
#include "lane.h"
#include "plan.h"
#include "primes.h"
#include "tcp_kinds.h"
#include "udp_kinds.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_PRIME 6000000
#define LASTING_STEPS 24 /* how often connections that last send something */

struct options {
	bool veth;
	uint32_t connections;
	uint32_t exchanges;
	uint32_t lanes;
	uint32_t rate; /* steps per second, all lanes together; 0: as fast as it goes */
	uint32_t seed;
	uint32_t seconds; /* the generator is killed after that time */
	const char *list;
};

static const char usage[] =
	"usage: conntrail-traffic --list FILE [--scenario loopback|veth] [--connections N] [--exchanges N]\n"
	"                         [--lanes N] [--rate N] [--seed N] [--seconds N]\n";

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{"scenario", 1, NULL, 's'}, {"connections", 1, NULL, 'c'}, {"exchanges", 1, NULL, 'e'},
		{"lanes", 1, NULL, 'l'},    {"rate", 1, NULL, 'r'},	   {"seed", 1, NULL, 'x'},
		{"seconds", 1, NULL, 't'},  {"list", 1, NULL, 'f'},	   {NULL, 0, NULL, 0},
	};
	int option;

	*options = (struct options){.connections = 10007, .exchanges = 2003, .lanes = 3, .seed = 1, .seconds = 120};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		uint32_t number = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (option) {
		case 's':
			options->veth = strcmp(optarg, "veth") == 0;
			break;
		case 'c':
			options->connections = number;
			break;
		case 'e':
			options->exchanges = number;
			break;
		case 'l':
			options->lanes = number;
			break;
		case 'r':
			options->rate = number;
			break;
		case 'x':
			options->seed = number;
			break;
		case 't':
			options->seconds = number;
			break;
		case 'f':
			options->list = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (!options->list || !options->lanes || options->lanes > LANE_MOST) {
		fputs(usage, stderr);
		exit(2);
	}
}

/* Waits until `done` of the lane's steps are due. */
static void pace(const struct options *options, const struct timespec *start, uint32_t done)
{
	uint64_t due;
	struct timespec until;

	if (!options->rate)
		return;
	due = start->tv_sec * 1000000000ull + start->tv_nsec + done * 1000000000ull * options->lanes / options->rate;
	until = (struct timespec){.tv_sec = due / 1000000000ull, .tv_nsec = due % 1000000000ull};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void run_lane(struct lane *lane, const struct plan *plan, const struct options *options)
{
	uint32_t mine = plan->count / options->lanes + 1;
	struct timespec start;
	uint32_t i, done = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	udp_servers_start(lane);
	for (i = lane->index; i < plan->first_count; i += options->lanes)
		plan->first[i].run(lane, &plan->first[i].item);
	for (i = lane->index; i < plan->count; i += options->lanes) {
		pace(options, &start, done);
		plan->steps[i].run(lane, &plan->steps[i].item);
		if (++done % (mine / LASTING_STEPS + 1) == 0)
			tcp_lasting_step(lane);
	}
	tcp_lasting_end(lane);
	udp_servers_end();
}

/* A lane writes its whole list at once: lines of different lanes do not mix. */
static void append(const char *path, const char *text, size_t size)
{
	FILE *list = fopen(path, "a");

	if (!list || flock(fileno(list), LOCK_EX) || fwrite(text, 1, size, list) != size || fclose(list))
		die("%s", path);
}

static pid_t start_lane(uint32_t index, const struct namespaces *spaces, const struct plan *plan,
			const struct options *options, bool lossy)
{
	struct lane lane;
	char *text;
	size_t size;
	FILE *list;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	list = open_memstream(&text, &size);
	if (!list)
		die("no memory for a list");
	lane_start(&lane, index, spaces, lossy, list);
	run_lane(&lane, plan, options);
	if (fclose(list))
		die("no memory for a list");
	append(options->list, text, size);
	exit(0);
}

static void wait_lanes(uint32_t lanes)
{
	uint32_t i;
	int status;

	for (i = 0; i < lanes; i++) {
		if (wait(&status) < 0 || status) {
			errno = 0;
			die("a lane failed");
		}
	}
}

static void wait_quiet(const struct namespaces *spaces)
{
	int i;

	for (i = 0; i < 2000; i++) {
		if (!counters_busy(spaces->client, spaces->client) && !counters_busy(spaces->server, spaces->client))
			return;
		usleep(5000);
	}
	errno = 0;
	die("sockets are still open");
}

static void write_counters(const struct namespaces *spaces, const char *path)
{
	FILE *list = fopen(path, "a");

	if (!list)
		die("%s", path);
	counters_write(list, spaces->client, spaces->client);
	if (spaces->veth)
		counters_write(list, spaces->server, spaces->client);
	if (fclose(list))
		die("%s", path);
}

int main(int argc, char **argv)
{
	struct options options;
	struct namespaces spaces;
	struct plan plan;
	bool lossy;
	uint32_t i;

	parse(&options, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	alarm(options.seconds);
	primes_prepare(LARGEST_PRIME);
	if (truncate(options.list, 0) && errno != ENOENT)
		die("%s", options.list);
	namespaces_create(&spaces, options.veth);
	namespace_enter(spaces.server);
	lossy = namespace_drop_segments(LOSSY_FIRST_PORT, LOSSY_LAST_PORT, 9);
	namespace_enter(spaces.client);
	plan_make(&plan, options.connections, options.exchanges, options.seed, lossy);
	for (i = 0; i < options.lanes; i++)
		start_lane(i, &spaces, &plan, &options, lossy);
	wait_lanes(options.lanes);
	wait_quiet(&spaces);
	write_counters(&spaces, options.list);
	return 0;
}

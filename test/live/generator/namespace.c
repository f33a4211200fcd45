// SPDX-License-Identifier: Apache-2.0
#include "namespace.h"

#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENT_LINK "traffic0"
#define SERVER_LINK "traffic1"

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
	char command[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return system(command);
}

#define must_run(...)                                \
	do {                                         \
		errno = 0;                           \
		if (run(__VA_ARGS__))                \
			die("failed: " __VA_ARGS__); \
	} while (0)

static int open_own(void)
{
	int descriptor = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		die("/proc/self/ns/net");
	return descriptor;
}

static void write_file(const char *path, const char *text)
{
	int descriptor = open(path, O_WRONLY | O_CLOEXEC);

	if (descriptor < 0 || write(descriptor, text, strlen(text)) < 0)
		die("%s", path);
	close(descriptor);
}

/* A private /sys that shows the links of the new namespace. */
static void leave(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		die("unshare (it takes root)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("sysfs", "/sys", "sysfs", 0, NULL))
		die("a private /sys");
	must_run("ip link set lo up");
	/* Every refused datagram is to be told so, not only the first few of a second. */
	write_file("/proc/sys/net/ipv4/icmp_ratelimit", "0");
	write_file("/proc/sys/net/ipv6/icmp/ratelimit", "0");
}

static void steer(const char *link)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-0/rps_cpus", link);
	/* The first two CPUs: more of them would add nothing. */
	write_file(path, "3");
}

static void configure(const char *link, const char *v4, const char *v6)
{
	must_run("ip address add %s/24 dev %s", v4, link);
	/* Without duplicate address detection, which would hold the address back for a second. */
	must_run("ip address add %s/64 dev %s nodad", v6, link);
	must_run("ip link set %s up", link);
	steer(link);
}

static void wait_for(int descriptor)
{
	char byte;

	if (read(descriptor, &byte, 1) != 1)
		die("the other namespace's process ended");
}

/* The server's namespace is made, and its end of the pair configured, by a process of its own: a process has one /sys. */
static void pair(struct namespaces *spaces)
{
	char path[64];
	int made[2], moved[2], status;
	pid_t child;

	if (pipe(made) || pipe(moved))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		leave();
		if (write(made[1], "", 1) != 1)
			die("pipe");
		close(moved[1]);
		wait_for(moved[0]);
		configure(SERVER_LINK, spaces->server_v4, spaces->server_v6);
		_exit(0);
	}
	close(made[1]);
	wait_for(made[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", child);
	spaces->server = open(path, O_RDONLY | O_CLOEXEC);
	if (spaces->server < 0)
		die("%s", path);
	must_run("ip link add " CLIENT_LINK " type veth peer name " SERVER_LINK " netns %d", child);
	configure(CLIENT_LINK, spaces->client_v4, spaces->client_v6);
	if (write(moved[1], "", 1) != 1)
		die("pipe");
	if (waitpid(child, &status, 0) != child || status)
		die("the server's namespace could not be set up");
	close(made[0]);
	close(moved[0]);
	close(moved[1]);
}

void namespaces_create(struct namespaces *spaces, bool veth)
{
	leave();
	spaces->veth = veth;
	spaces->client = open_own();
	spaces->client_v4 = veth ? "10.77.0.1" : "127.0.0.1";
	spaces->client_v6 = veth ? "fd77::1" : "::1";
	spaces->server_v4 = veth ? "10.77.0.2" : "127.0.0.1";
	spaces->server_v6 = veth ? "fd77::2" : "::1";
	if (veth)
		pair(spaces);
	else
		spaces->server = spaces->client;
}

void namespace_enter(int descriptor)
{
	if (setns(descriptor, CLONE_NEWNET))
		die("setns");
}

uint64_t namespace_inode(int descriptor)
{
	struct stat status;

	if (fstat(descriptor, &status))
		die("fstat of a namespace");
	return status.st_ino;
}

bool namespace_drop_segments(uint16_t first_port, uint16_t last_port, unsigned int nth)
{
	return run("{ nft add table inet traffic && "
		   "nft add chain inet traffic in '{ type filter hook input priority 0; }' && "
		   "nft add rule inet traffic in tcp dport %u-%u meta length '>=' 1000 numgen inc mod %u 0 drop; } "
		   "2>/dev/null",
		   first_port, last_port, nth) == 0;
}

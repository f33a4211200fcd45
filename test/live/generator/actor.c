// SPDX-License-Identifier: Apache-2.0
#include "actor.h"

#include "die.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

void actor_self(struct actor *actor, const char *name)
{
	*actor = (struct actor){.channel = -1, .pid = getpid(), .uid = getuid()};
	snprintf(actor->name, sizeof(actor->name), "%s", name);
	if (prctl(PR_SET_NAME, actor->name))
		die("PR_SET_NAME");
}

static void serve(int channel)
{
	struct request request;
	struct reply reply;

	while (read(channel, &request, sizeof(request)) == sizeof(request)) {
		operation_perform(&request, &reply);
		if (write(channel, &reply, sizeof(reply)) != sizeof(reply))
			break;
	}
	_exit(0);
}

void actor_fork(struct actor *actor, const char *name, uid_t uid)
{
	int channel[2];

	*actor = (struct actor){.uid = uid};
	snprintf(actor->name, sizeof(actor->name), "%s", name);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		die("socketpair");
	actor->pid = fork();
	if (actor->pid < 0)
		die("fork");
	if (!actor->pid) {
		prctl(PR_SET_NAME, actor->name);
		if (uid && setuid(uid))
			die("setuid");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(channel[0]);
		serve(channel[1]);
	}
	close(channel[1]);
	actor->channel = channel[0];
}

void actor_begin(struct actor *actor, const struct request *request)
{
	if (actor->channel >= 0 && write(actor->channel, request, sizeof(*request)) != sizeof(*request))
		die("%s is gone", actor->name);
}

void actor_finish(struct actor *actor, const struct request *request, struct reply *reply)
{
	if (actor->channel < 0) {
		operation_perform(request, reply);
		return;
	}
	errno = 0;
	if (read(actor->channel, reply, sizeof(*reply)) != sizeof(*reply))
		die("%s is gone", actor->name);
}

void actor_try(struct actor *actor, const struct request *request, struct reply *reply)
{
	actor_begin(actor, request);
	actor_finish(actor, request, reply);
}

int64_t actor_do(struct actor *actor, const struct request *request)
{
	struct reply reply;

	actor_try(actor, request, &reply);
	if (reply.result < 0) {
		errno = reply.error;
		die("operation %u of %s", request->operation, actor->name);
	}
	return reply.result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A process that does what its lane tells it. The lane's own process is one too, without the messages. */
#ifndef TRAFFIC_ACTOR_H
#define TRAFFIC_ACTOR_H

#include "operation.h"

#include <stdbool.h>
#include <sys/types.h>

#define ACTOR_NAME_LENGTH 16

struct actor {
	int channel; /* -1: this process */
	pid_t pid;
	uid_t uid;
	char name[ACTOR_NAME_LENGTH]; /* as the kernel has it (comm) */
};

/* The calling process under `name`. */
void actor_self(struct actor *actor, const char *name);

/*
 * Forks a process that serves requests until its lane ends, with `name` as its command name and `uid` as its user.
 * It holds copies of the descriptors that are open now.
 */
void actor_fork(struct actor *actor, const char *name, uid_t uid);

/* Starts a request; actor_finish waits for its reply. For an actor that is this process, the work is done in actor_finish. */
void actor_begin(struct actor *actor, const struct request *request);
void actor_finish(struct actor *actor, const struct request *request, struct reply *reply);

/* Both; the reply may hold an error. */
void actor_try(struct actor *actor, const struct request *request, struct reply *reply);

/* Both; an error ends the generator. Returns the result. */
int64_t actor_do(struct actor *actor, const struct request *request);

#endif

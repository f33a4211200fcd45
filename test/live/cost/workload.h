/* SPDX-License-Identifier: Apache-2.0 */
/* What is done over and over while its cost is measured. */
#ifndef COST_WORKLOAD_H
#define COST_WORKLOAD_H

#include <stddef.h>

struct workload {
	const char *name;
	/* Opens the sockets; `bytes` is the size of a message, for those that have one. */
	void (*prepare)(size_t bytes);
	/* Once: a connection made and reset, or a message there and back. */
	void (*once)(void);
};

/* connect, tcp-echo or udp-echo; NULL for any other name. */
const struct workload *workload_named(const char *name);

#endif

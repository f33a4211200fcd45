/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What runs behind the program that sees a call on a TCP socket end (docs/decisions/0021-called-behind-another.md): a second program on the same
 * tracepoint costs each call four times as much. Empty until the loader puts a program there, which must be of the same tracepoint: one map for
 * each.
 */
#ifndef CONNTRAIL_AFTER_CALL_H
#define CONNTRAIL_AFTER_CALL_H

#include "compat.h"

#define CT_AFTER_CALL(name)                            \
	struct {                                       \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY); \
		__uint(max_entries, 1);                \
		__type(key, __u32);                    \
		__type(value, __u32);                  \
	} name SEC(".maps")

CT_AFTER_CALL(after_send); /* of sock_send_length */
CT_AFTER_CALL(after_recv); /* of sock_recv_length */

#endif

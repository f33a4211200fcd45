/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The ring of what the network paces, beside facts.h, for events of any length. All objects that name it share it; the loader sizes it.
 */
#ifndef CONNTRAIL_PAYLOADS_H
#define CONNTRAIL_PAYLOADS_H

#include "account.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} payloads SEC(".maps");

#endif

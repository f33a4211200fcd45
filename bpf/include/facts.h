/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * One of the two rings that every feature but connections hands its events over by; the other one is in payloads.h. Facts are few, and other
 * records need them; payloads are paced by the network. A payload never costs a fact, and neither costs a close. All objects that name a ring share it; the loader sizes it.
 */
#ifndef CONNTRAIL_FACTS_H
#define CONNTRAIL_FACTS_H

#include "account.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} facts SEC(".maps");

#endif

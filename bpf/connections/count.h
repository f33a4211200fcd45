/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Counting outside of an append. The holder of a batch's busy flag counts in `counters` by plain additions; everybody else, who may
 * have interrupted it, adds atomically to `nested`. User space reports the sum of both.
 */
#ifndef CONNTRAIL_COUNT_H
#define CONNTRAIL_COUNT_H

#define ct_count(batch, name) __sync_fetch_and_add(&(batch)->nested.name, 1)

#endif

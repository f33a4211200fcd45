/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel itself counted in a namespace: the second opinion on the generator's list. */
#ifndef TRAFFIC_COUNTERS_H
#define TRAFFIC_COUNTERS_H

#include <stdbool.h>
#include <stdio.h>

/* Writes one line {"expect":"namespace", …} with /proc/net/snmp and snmp6 of the namespace. The caller's own is restored. */
void counters_write(FILE *list, int descriptor, int back);

/* Whether a TCP socket of the namespace is neither listening nor closed. The caller's own namespace is restored. */
bool counters_busy(int descriptor, int back);

#endif

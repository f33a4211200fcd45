/* SPDX-License-Identifier: Apache-2.0 */
/* The generator's list is only worth something if every step went as planned: whatever did not ends the run. */
#ifndef TRAFFIC_DIE_H
#define TRAFFIC_DIE_H

/* Prints the message, with errno's text if it is set, and ends the whole generator with status 1. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

#endif

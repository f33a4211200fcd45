// SPDX-License-Identifier: Apache-2.0
#include "die.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void die(const char *format, ...)
{
	int error = errno;
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (error)
		fprintf(stderr, "conntrail-traffic[%d]: %s: %s\n", getpid(), text, strerror(error));
	else
		fprintf(stderr, "conntrail-traffic[%d]: %s\n", getpid(), text);
	exit(1);
}

// SPDX-License-Identifier: Apache-2.0
#include "counters.h"

#include "die.h"
#include "namespace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		die("%s", path);
	return file;
}

/* /proc/net/snmp: for each protocol a line of names, then one of values. */
static void write_pairs(FILE *list, const char *protocol)
{
	char names[2048], values[2048];
	char *name, *value, *name_rest, *value_rest;
	size_t length = strlen(protocol);
	const char *comma = "";
	FILE *snmp = open_file("/proc/net/snmp");

	fprintf(list, ",\"%s\":{", protocol);
	while (fgets(names, sizeof(names), snmp) && fgets(values, sizeof(values), snmp)) {
		if (strncmp(names, protocol, length) || names[length] != ':')
			continue;
		name = strtok_r(names + length + 1, " \n", &name_rest);
		value = strtok_r(values + length + 1, " \n", &value_rest);
		for (; name && value; comma = ",") {
			fprintf(list, "%s\"%s\":%s", comma, name, value);
			name = strtok_r(NULL, " \n", &name_rest);
			value = strtok_r(NULL, " \n", &value_rest);
		}
	}
	fputc('}', list);
	fclose(snmp);
}

/* /proc/net/snmp6: a name and a value per line. */
static void write_v6(FILE *list, const char *protocol)
{
	char name[128];
	uint64_t value;
	const char *comma = "";
	FILE *snmp6 = open_file("/proc/net/snmp6");

	fprintf(list, ",\"%s\":{", protocol);
	while (fscanf(snmp6, "%127s %" SCNu64, name, &value) == 2) {
		if (strncmp(name, protocol, strlen(protocol)))
			continue;
		fprintf(list, "%s\"%s\":%" PRIu64, comma, name + strlen(protocol), value);
		comma = ",";
	}
	fputc('}', list);
	fclose(snmp6);
}

void counters_write(FILE *list, int descriptor, int back)
{
	namespace_enter(descriptor);
	fprintf(list, "{\"expect\":\"namespace\",\"inode\":%" PRIu64, namespace_inode(descriptor));
	write_pairs(list, "Tcp");
	write_pairs(list, "Udp");
	write_v6(list, "Udp6");
	fputs("}\n", list);
	namespace_enter(back);
}

static bool table_busy(const char *path)
{
	enum { TIME_WAIT = 6, LISTEN = 10 };
	char line[512];
	unsigned int state;
	bool busy = false;
	FILE *table = open_file(path);

	if (!fgets(line, sizeof(line), table))
		die("%s is empty", path);
	while (fgets(line, sizeof(line), table)) {
		if (sscanf(line, "%*s %*s %*s %x", &state) == 1 && state != TIME_WAIT && state != LISTEN)
			busy = true;
	}
	fclose(table);
	return busy;
}

bool counters_busy(int descriptor, int back)
{
	bool busy;

	namespace_enter(descriptor);
	busy = table_busy("/proc/net/tcp") || table_busy("/proc/net/tcp6");
	namespace_enter(back);
	return busy;
}

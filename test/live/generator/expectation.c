// SPDX-License-Identifier: Apache-2.0
#include "expectation.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

int64_t boot_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void expectation_own(struct expectation *expectation, const struct actor *actor, unsigned int sources)
{
	expectation->pid = actor->pid;
	expectation->uid = actor->uid;
	memcpy(expectation->name, actor->name, sizeof(expectation->name));
	expectation->sources = sources;
}

static void write_address(FILE *list, const char *key, const union address *address, enum port_knowledge port)
{
	char text[INET6_ADDRSTRLEN];

	if (!address->any.sa_family) {
		fprintf(list, ",\"%s\":null", key);
		return;
	}
	fprintf(list, ",\"%s\":{\"address\":", key);
	if (address_is_wildcard(address))
		fputs("null", list);
	else
		fprintf(list, "\"%s\"", address_text(address, text, sizeof(text)));
	if (port == PORT_NOT_ZERO)
		fputs(",\"port\":null}", list);
	else
		fprintf(list, ",\"port\":%u}", address_port(address));
}

static void write_sources(FILE *list, unsigned int sources)
{
	static const char *const names[] = {"listener", "close", "first_io", "connect"};
	const char *comma = "";
	unsigned int i;

	fputs(",\"sources\":[", list);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(sources & 1U << i))
			continue;
		fprintf(list, "%s\"%s\"", comma, names[i]);
		comma = ",";
	}
	fputc(']', list);
}

static void write_failure(FILE *list, const struct expectation *e)
{
	if (!e->failure)
		fputs(",\"failure\":null", list);
	else
		fprintf(list, ",\"failure\":{\"cause\":\"%s\",\"errno\":%d,\"by\":\"%s\"}",
			e->failure == ECONNREFUSED ? "refused" : "reset", e->failure,
			e->remote_failed ? "remote" : "local");
}

void expectation_write(FILE *list, const struct expectation *e)
{
	const union address *known = e->remote.any.sa_family ? &e->remote : &e->local;

	fprintf(list, "{\"expect\":\"end\",\"kind\":\"%s\",\"number\":%u,\"protocol\":\"%s\",\"cookie\":%" PRId64,
		e->kind, e->number, e->tcp ? "tcp" : "udp", (int64_t)e->cookie);
	if (e->tcp)
		fprintf(list, ",\"generation\":%u", e->generation);
	else
		fputs(",\"generation\":null", list);
	fprintf(list, ",\"family\":\"%s\",\"direction\":\"%s\"", address_is_v4(known) ? "ipv4" : "ipv6",
		e->outgoing ? "outgoing" : "incoming");
	write_address(list, "local", &e->local, e->local_port);
	write_address(list, "remote", &e->remote, PORT_EXACT);
	fprintf(list, ",\"netns\":{\"inode\":%" PRIu64 ",\"cookie\":%" PRIu64 "}", e->netns_inode, e->netns_cookie);
	fprintf(list, ",\"sent_bytes\":%" PRIu64 ",\"received_bytes\":%" PRIu64, e->sent_bytes, e->received_bytes);
	fprintf(list, ",\"sent_packets\":%" PRIu64 ",\"received_packets\":%" PRIu64, e->sent_packets,
		e->received_packets);
	fprintf(list, ",\"retransmits\":%u,\"established\":%d,\"lasting\":%s", e->retransmits, e->established,
		e->lasting ? "true" : "false");
	write_failure(list, e);
	fprintf(list, ",\"pid\":%d,\"uid\":%u,\"name\":\"%s\"", e->pid, e->uid, e->name);
	write_sources(list, e->sources);
	fprintf(list, ",\"after_ns\":%" PRId64 ",\"before_ns\":%" PRId64 "}\n", e->after_ns, e->before_ns);
}

void expectation_write_absent(FILE *list, const char *kind, uint64_t cookie)
{
	fprintf(list, "{\"expect\":\"none\",\"kind\":\"%s\",\"cookie\":%" PRId64 "}\n", kind, (int64_t)cookie);
}

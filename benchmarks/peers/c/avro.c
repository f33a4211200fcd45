// SPDX-License-Identifier: Apache-2.0
#include "avro.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

#define ESTABLISHED 0xb72

static inline uint8_t *put_unsigned(uint8_t *p, uint64_t value)
{
	while (value >= 0x80) {
		*p++ = (uint8_t)value | 0x80;
		value >>= 7;
	}
	*p++ = (uint8_t)value;
	return p;
}

/* Avro's long: zigzag, then seven bits a byte. */
static inline uint8_t *put_long(uint8_t *p, int64_t value)
{
	return put_unsigned(p, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

static uint8_t *put_bytes(uint8_t *p, const void *bytes, size_t length)
{
	p = put_unsigned(p, (uint64_t)length << 1);
	memcpy(p, bytes, length);
	return p + length;
}

void avro_prefix(struct avro_prefix *prefix, const char *host, const char *boot_id)
{
	uint8_t *end = put_bytes(put_bytes(prefix->bytes, host, strlen(host)), boot_id, strlen(boot_id));

	end = put_long(end, 0); /* run */
	prefix->length = end - prefix->bytes;
}

static bool is_zero(const uint8_t address[16])
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	return !(words[0] | words[1]);
}

/* Text whose length fits one byte: written behind the place of its length. */
static inline uint8_t *put_address(uint8_t *p, const uint8_t address[16], bool v4)
{
	uint8_t *end = v4 ? text_ipv4(p + 1, address) : text_ipv6(p + 1, address);

	*p = (uint8_t)((end - p - 1) << 1);
	return end;
}

/* A union of null and long: 0, or 2 and the value. */
static inline uint8_t *put_optional(uint8_t *p, bool known, int64_t value)
{
	*p++ = known ? 2 : 0;
	return known ? put_long(p, value) : p;
}

static inline uint8_t *put_counters(uint8_t *p, unsigned unknown, int64_t sent_bytes, int64_t received_bytes,
				    int64_t sent_packets, int64_t received_packets, int64_t retransmits,
				    bool established, bool closed)
{
	p = put_long(p, sent_bytes);
	p = put_optional(p, !(unknown & CT_UNKNOWN_RECEIVED_BYTES), received_bytes);
	p = put_optional(p, !(unknown & CT_UNKNOWN_SENT_PACKETS), sent_packets);
	p = put_optional(p, !(unknown & CT_UNKNOWN_RECEIVED_PACKETS), received_packets);
	p = put_long(p, retransmits);
	*p++ = established << 1;
	*p++ = closed << 1;
	return p;
}

static uint8_t *put_failure(uint8_t *p, const struct ct_conn *conn)
{
	int error = conn->error;
	int cause = 5;
	bool remote = false;

	switch (error) {
	case ECONNRESET:
	case EPIPE:
		cause = 0;
		remote = true;
		break;
	case ECONNREFUSED:
		cause = 1;
		remote = true;
		break;
	case ETIMEDOUT:
		cause = 2;
		break;
	case EHOSTUNREACH:
		cause = 3;
		break;
	case ENETUNREACH:
		cause = 4;
		break;
	}
	/* The kernel side could not tell which end reset. */
	if (conn->protocol == CT_TCP && conn->reset_by == CT_END_NONE)
		remote = false;
	*p++ = cause << 1;
	p = put_optional(p, error != 0, error);
	*p++ = remote ? 2 : 0;
	if (remote)
		*p++ = 2;
	return p;
}

static uint8_t *put_process(uint8_t *p, const struct ct_conn *conn)
{
	/* enum ct_owner_source → place in the schema's enum */
	static const uint8_t source[] = {0, 3, 4, 2, 1, 0};
	uint8_t name[CT_COMM_LEN * TEXT_GROWTH];

	p = put_long(p, conn->pid);
	p = put_bytes(p, name, text_safe(name, (const uint8_t *)conn->comm, strnlen(conn->comm, CT_COMM_LEN)) - name);
	p = put_long(p, conn->uid);
	p = put_long(p, (int64_t)conn->cgroup_id);
	*p++ = source[conn->owner_source] << 1;
	return p;
}

static uint8_t *put_tcp(uint8_t *p, const struct ct_conn *conn, bool established)
{
	*p++ = established;
	p = put_long(p, conn->transitions);
	*p++ = conn->tcp_state >= 1 && conn->tcp_state <= 12 ? 2 : 0;
	if (p[-1])
		*p++ = (conn->tcp_state - 1) << 1;
	*p++ = conn->reset_by == CT_END_LOCAL || conn->reset_by == CT_END_REMOTE ? 2 : 0;
	if (p[-1])
		*p++ = (conn->reset_by - CT_END_LOCAL) << 1;
	return p;
}

uint8_t *avro_connection(uint8_t *p, const struct avro_prefix *prefix, const struct ct_conn *conn,
			 const struct deltas *deltas, uint64_t seq, int64_t wall_offset_us)
{
	/* kernel's number → place in the schema's enum; unknown numbers are unknown and midstream */
	static const uint8_t observed_from[] = {0, 1, 2};
	bool tcp = conn->protocol == CT_TCP;
	bool v4 = conn->family == CT_IPV4;
	bool failed;
	bool closed = conn->state != CT_STATE_OPEN;
	bool established = tcp && conn->transitions & ESTABLISHED;
	int64_t start_us = conn->start_ns / 1000;
	int64_t end_us = conn->end_ns / 1000;

	memcpy(p, prefix->bytes, prefix->length);
	p += prefix->length;
	p = put_long(p, (int64_t)conn->cookie);
	p = put_long(p, conn->generation);
	p = put_long(p, (int64_t)seq);
	*p++ = tcp ? 0 : 2;
	*p++ = v4 ? 0 : 2;
	*p++ = conn->direction <= CT_DIRECTION_OUTGOING ? conn->direction << 1 : 0;
	*p++ = closed ? 2 : 0;
	if (is_zero(conn->local_address)) {
		*p++ = 0;
	} else {
		*p++ = 2;
		p = put_address(p, conn->local_address, v4);
	}
	p = put_long(p, conn->local_port);
	*p++ = 0; /* nobody knows names */
	if (is_zero(conn->remote_address) && !conn->remote_port) {
		*p++ = 0;
	} else {
		*p++ = 2;
		p = put_address(p, conn->remote_address, v4);
		p = put_long(p, conn->remote_port);
		p = put_optional(p, conn->scope, conn->scope);
		*p++ = 0;
	}
	p = put_long(p, conn->netns_inode);
	p = put_long(p, (int64_t)conn->netns_cookie);
	if (conn->owner_source == CT_OWNER_NONE || conn->owner_source > CT_OWNER_CONNECT) {
		*p++ = 0;
	} else {
		*p++ = 2;
		p = put_process(p, conn);
	}
	p = put_optional(p, conn->start_ns, start_us + wall_offset_us);
	p = put_optional(p, closed && conn->end_ns, end_us + wall_offset_us);
	p = put_optional(p, conn->start_ns && conn->end_ns, end_us - start_us);
	p = put_counters(p, conn->unknown, deltas->sent_bytes, deltas->received_bytes, deltas->sent_packets,
			 deltas->received_packets, deltas->retransmits, deltas->established, deltas->closed);
	p = put_counters(p, conn->unknown, conn->sent_bytes, conn->received_bytes, conn->sent_packets,
			 conn->received_packets, conn->retransmits, established, closed);
	p = put_optional(p, tcp && conn->srtt_us, conn->srtt_us);
	p = put_optional(p, tcp && conn->srtt_us, conn->rttvar_us);
	p = put_optional(p, tcp && conn->min_rtt_us && conn->min_rtt_us != CT_MIN_RTT_UNKNOWN, conn->min_rtt_us);
	failed = conn->error || (conn->unknown & CT_UNKNOWN_ERROR);
	*p++ = failed ? 2 : 0;
	if (failed)
		p = put_failure(p, conn);
	*p++ = observed_from[conn->observed_from <= CT_OBSERVED_SNAPSHOT ? conn->observed_from : 1] << 1;
	*p++ = tcp ? 2 : 0;
	return tcp ? put_tcp(p, conn, established) : p;
}

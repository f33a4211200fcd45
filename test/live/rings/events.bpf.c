// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* Fills a ring with events of two features, or of a kind that is nobody's, when it is run. */
#include "account.h"
#include "events.h"

#define FIRST 0x40
#define SECOND 0x41
#define LOST_FULL 1

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} ring SEC(".maps");

CT_EVENT_COUNTERS(counters_first);
CT_EVENT_COUNTERS(counters_second);

static __always_inline void fill(struct test_event *event, const struct emission *asked, __u64 number)
{
	event->head.length = asked->length;
	event->number = number;
	__builtin_memset(event->padding, 0, sizeof(event->padding));
}

#define EMIT(map)                                                                                                  \
	do {                                                                                                       \
		struct test_event *event = ct_event_reserve(ring, map, asked->kind, struct test_event, LOST_FULL); \
		if (!event)                                                                                        \
			break;                                                                                     \
		fill(event, asked, asked->first + i);                                                              \
		ct_event_submit(map, event, 0);                                                                    \
		asked->emitted++;                                                                                  \
		asked->last = asked->first + i + 1;                                                                \
	} while (0)

static __always_inline void emit_unitless(struct emission *asked, __u64 number)
{
	struct test_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return;
	event->head.kind = UNITLESS;
	event->head.cpu = 0;
	fill(event, asked, number);
	bpf_ringbuf_submit(event, 0);
	asked->emitted++;
}

SEC("syscall")
int emit(struct emission *asked)
{
	asked->emitted = 0;
	for (__u32 i = 0; i < MOST_AT_ONCE && i < asked->count; i++) {
		if (asked->kind == UNITLESS)
			emit_unitless(asked, asked->first + i);
		else if (asked->kind >> 8 == SECOND)
			EMIT(counters_second);
		else
			EMIT(counters_first);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

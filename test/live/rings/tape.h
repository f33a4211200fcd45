// The consumer's end of a shared ring: what it takes is printed, one JSON object a line.
#pragma once

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "account.h"
#include "events.h"
#include "shared_ring.h"

class Tape {
public:
	// `events`: whether they are printed, too.
	explicit Tape(uint32_t capacity, bool events = true)
		: capacity_(capacity), bytes_(conntrail::kHeaderBytes + capacity), events_(events)
	{
		memory_ = static_cast<uint8_t *>(aligned_alloc(4096, bytes_));
		memset(memory_, 0, bytes_);
		word(conntrail::kWordMagic) = conntrail::kRingMagic;
		word(conntrail::kWordCapacity) = capacity;
	}
	~Tape() { free(memory_); }
	Tape(const Tape &) = delete;
	Tape &operator=(const Tape &) = delete;

	uint8_t *memory() { return memory_; }
	size_t bytes() const { return bytes_; }
	uint32_t used() { return load(conntrail::kWordHead) - word(conntrail::kWordTail); }
	uint32_t dropped() { return load(conntrail::kWordDroppedRecords); }
	uint32_t state() { return load(conntrail::kWordState); }
	void stop() { __atomic_store_n(&word(conntrail::kWordState), conntrail::kStopping, __ATOMIC_RELEASE); }

	// Says that it waits to be woken.
	void wait() { __atomic_store_n(&word(conntrail::kWordWaiting), 1, __ATOMIC_SEQ_CST); }
	// Whether it was.
	bool woken() { return !load(conntrail::kWordWaiting); }

	// Takes all there is; how many frames.
	int take()
	{
		uint32_t head = load(conntrail::kWordHead);
		uint32_t tail = word(conntrail::kWordTail);
		int count = 0;
		while (tail != head) {
			uint32_t offset = tail & (capacity_ - 1);
			const uint8_t *at = memory_ + conntrail::kHeaderBytes + offset;
			ct_frame frame;
			memcpy(&frame.length, at, sizeof(frame.length));
			if (frame.length == CT_FRAME_PAD) {
				tail += capacity_ - offset;
				continue;
			}
			memcpy(&frame, at, sizeof(frame));
			print(frame, at + sizeof(frame));
			tail += sizeof(frame) + ((frame.length + 7) & ~7u);
			count++;
		}
		__atomic_store_n(&word(conntrail::kWordTail), tail, __ATOMIC_RELEASE);
		return count;
	}

private:
	uint32_t &word(size_t index) { return reinterpret_cast<uint32_t *>(memory_)[index]; }
	uint32_t load(size_t index) { return __atomic_load_n(&word(index), __ATOMIC_ACQUIRE); }

	void print(const ct_frame &frame, const uint8_t *payload)
	{
		if (frame.kind >> 8) {
			before_ = reinterpret_cast<const test_event *>(payload)->number + 1;
			if (!events_)
				return;
		}
		printf("{\"kind\":%u,\"source\":%u,\"seq\":%u,\"fresh\":%u,\"boot\":%" PRIu64 ",\"length\":%u",
		       frame.kind, frame.source, frame.seq, frame.fresh, static_cast<uint64_t>(frame.boot_ns),
		       frame.length);
		if (frame.kind == CT_CORE_KIND_MARK) {
			// As text: the last one is beyond what JSON's numbers hold.
			printf(",\"mark\":\"%" PRIu64 "\",\"before\":%" PRIu64,
			       static_cast<uint64_t>(reinterpret_cast<const ct_mark *>(payload)->boot_ns), before_);
		} else if (frame.kind == CT_CORE_KIND_ACCOUNT) {
			print(*reinterpret_cast<const ct_account *>(payload));
		} else if (frame.kind >> 8) {
			printf(",\"number\":%" PRIu64, before_ - 1);
		}
		printf("}\n");
	}

	static void print(const ct_account &account)
	{
		const struct {
			const char *name;
			uint64_t value;
		} fields[] = {
			{"feature", account.feature},	{"of", account.sources},
			{"final", account.final},	{"attempted", account.attempted},
			{"emitted", account.emitted},	{"pending", account.pending},
			{"read", account.read},		{"duplicate", account.duplicate},
			{"enqueued", account.enqueued}, {"dropped", account.dropped},
			{"lost", account.lost[1]},	{"invalid", account.notes[CT_EVENT_NOTE_INVALID]},
			{"since", account.boot_ns},
		};
		for (const auto &field : fields)
			printf(",\"%s\":%" PRIu64, field.name, field.value);
	}

	uint32_t capacity_;
	size_t bytes_;
	bool events_;
	uint64_t before_ = 0; // number of the last event, and 1
	uint8_t *memory_;
};

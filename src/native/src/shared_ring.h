// The producer's end of the ring in a SharedArrayBuffer. Layout and protocol: docs/architecture.md, "Ring".
#pragma once

#include <cstddef>
#include <cstdint>

#include "frame.h"

namespace conntrail {

// Word indices of the header; the consumer's side is src/workers.
constexpr size_t kHeaderBytes = 4096;
constexpr uint32_t kRingMagic = 0x43545201;
constexpr size_t kWordMagic = 0;
constexpr size_t kWordCapacity = 1;
constexpr size_t kWordHead = 16;
constexpr size_t kWordTail = 32;
constexpr size_t kWordWaiting = 48;
constexpr size_t kWordDroppedFrames = 64;
constexpr size_t kWordDroppedRecords = 65;
constexpr size_t kWordState = 80;

enum RingState : uint32_t { kStarting = 0, kRunning = 1, kStopping = 2, kStopped = 3 };

// Single producer. Overflow drops the newest frame whole and leaves a gap in seq.
class SharedRing {
public:
	SharedRing(uint8_t *memory, size_t bytes, uint16_t source);

	bool valid() const { return valid_; }

	// Room for a payload of up to `bytes`, contiguous and 8-byte aligned, or nullptr. Nothing is visible before commit.
	uint8_t *reserve(uint32_t bytes);
	// Publishes the reserved frame with its real length (≤ reserved) and the time. `quiet`: the consumer takes it when it is awake for something
	// else; nobody wakes it for this.
	void commit(uint16_t kind, uint32_t length, uint32_t fresh, bool quiet = false);
	// A frame of `fresh` units that found no room: it takes a number, so that the consumer sees the gap.
	void skip(uint32_t fresh);

	// True once per idle→busy edge: the consumer said that it waits, and there is something to read that is not quiet.
	bool take_waiting();

	uint32_t free_bytes() const;
	// Bytes that the consumer has taken, mod 2^32.
	uint32_t taken() const;
	uint32_t capacity() const { return capacity_; }
	uint32_t state() const;
	void set_state(RingState state);
	// starting → running, unless the pool already asked to stop.
	void started();

private:
	uint32_t *word(size_t index) const { return words_ + index; }

	uint32_t *words_;
	uint8_t *data_;
	uint32_t capacity_;
	uint32_t head_; // free-running; the published copy is word kWordHead
	uint32_t at_ = 0; // offset of the reserved frame
	uint32_t padding_ = 0; // bytes of filler in front of it
	uint32_t seq_ = 0;
	uint16_t source_;
	bool urgent_ = false; // something that is not quiet was committed since take_waiting looked
	bool valid_;
};

} // namespace conntrail

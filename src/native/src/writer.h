// How sources write to their reader's shared ring: every frame is counted, whether or not it found room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "clock.h"
#include "shared_ring.h"

namespace conntrail {

// Of one feature, in its own units (ct_frame.fresh).
struct Written {
	uint64_t enqueued;
	uint64_t dropped; // found no room
};

class Writer {
public:
	Writer(uint8_t *memory, size_t bytes, uint16_t source) : ring_(memory, bytes, source) {}
	Writer(const Writer &) = delete;
	Writer &operator=(const Writer &) = delete;

	// Room for a payload of up to `bytes`, or nullptr; nothing is visible before commit.
	uint8_t *reserve(uint32_t bytes) { return ring_.reserve(bytes); }
	void commit(uint16_t kind, uint32_t length, uint32_t fresh);
	// A frame that is given up: it takes a number, and is counted as dropped.
	void skip(uint16_t kind, uint32_t fresh);
	// False: no room, so it was skipped.
	bool write(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh);
	// A frame that no record is made of, so that it needs no facts, and that may wait until the consumer is awake anyway. False: no room.
	bool write_quietly(uint16_t kind, const void *payload, uint32_t bytes);
	// Tells the time by which all records until the next one are told.
	void clock();
	// Whether frames were committed since this was asked last that records of a feature are made of.
	bool take_told();

	bool has_room(uint32_t bytes) const { return ring_.free_bytes() >= bytes; }
	uint32_t free_bytes() const { return ring_.free_bytes(); }
	uint32_t capacity() const { return ring_.capacity(); }

	const Written &written(uint16_t feature) const { return written_[feature % kFeatures]; }
	// Frames of any kind that found no room.
	uint64_t dropped_frames() const { return dropped_frames_; }

	SharedRing &ring() { return ring_; }

private:
	static constexpr size_t kFeatures = 256; // kind >> 8

	SharedRing ring_;
	WallOffset wall_;
	std::array<Written, kFeatures> written_ = {};
	uint64_t dropped_frames_ = 0;
	bool told_ = false;
};

} // namespace conntrail

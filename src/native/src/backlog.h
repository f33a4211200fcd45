// Events of a burst that found no room in the shared ring, in their order. Takes memory only while it holds any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace conntrail {

class Backlog {
public:
	struct Event {
		uint32_t bytes; // of the payload, which follows
		uint32_t fresh;
		uint16_t kind;
		uint16_t reserved[3];

		const void *payload() const { return this + 1; }
	};

	// Holds `most` bytes at least before it refuses.
	explicit Backlog(size_t most) : most_(most) {}
	~Backlog();
	Backlog(const Backlog &) = delete;
	Backlog &operator=(const Backlog &) = delete;

	bool empty() const { return events_ == 0; }
	// Whether another event finds room; of at most kLargest bytes.
	bool has_room();
	// After has_room() only.
	void put(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh);
	// The oldest event; there is one unless empty().
	const Event &front() const;
	void pop();

	static constexpr size_t kLargest = 8192;

private:
	struct Chunk {
		uint8_t *memory;
		size_t begin, end; // of the events in it
	};

	static constexpr size_t kChunkBytes = 1 << 20;

	size_t most_;
	size_t events_ = 0;
	std::deque<Chunk> chunks_; // the last one may be empty: room that was asked for and not used
};

} // namespace conntrail

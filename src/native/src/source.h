// What a reader reads from. All sources of one reader run on its thread and write its one shared ring.
#pragma once

#include <cstdint>
#include <string>

#include "writer.h"

namespace conntrail {

// All: there was nothing left. NoRoom: what is left waits for room in the shared ring. Failed: error() says how.
enum class Consumed { All, NoRoom, Failed };

class Source {
public:
	static constexpr uint64_t kNever = ~uint64_t{0};

	virtual ~Source() = default;

	// Empty, or why it cannot be read.
	virtual std::string open() = 0;
	// Whether what it reads from may bring something yet; run() is not called before.
	virtual bool ready() { return true; }
	// Becomes readable when run() should be called before its time, or -1.
	virtual int epoll_fd() const { return -1; }
	// Whether it has room for what comes while a reader that it woke waits a moment for more.
	virtual bool gathers() const { return false; }
	// When run() should be called again at the latest, on the monotonic clock.
	virtual uint64_t due_ns(uint64_t now) const = 0;
	// Moves what there is, as much as finds room; tells what is due by the clock. Bounded: others want their turn.
	virtual Consumed run(Writer &out, uint64_t now) = 0;
	// One step of the end, once nothing new can come: All when everything was told, the last account with it. `late`: nobody waits any longer, what
	// finds no room is dropped, counted.
	virtual Consumed finish(Writer &out, bool late) = 0;
	// Of a source of facts: remembers what there is at this moment; and whether all of that has been moved since.
	virtual void note() {}
	virtual bool passed() const { return true; }

	const std::string &error() const { return error_; }

protected:
	std::string error_;
};

} // namespace conntrail

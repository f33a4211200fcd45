// The agreement between readers on order: who reads what others need says up to which time it has told everything.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "source.h"
#include "writer.h"

namespace conntrail {

// Of a reader of facts: marks, as often as it is kicked. Whoever does not kick costs nothing.
class Marks {
public:
	// `kicked_fd`: the eventfd on which it is kicked; -1: there are no marks.
	explicit Marks(int kicked_fd) : kicked_fd_(kicked_fd) {}

	int fd() const { return kicked_fd_; }
	// Before the sources are run: notes the time and what they have, when a mark is asked for.
	void note(const std::vector<std::unique_ptr<Source>> &sources, uint64_t now);
	// After it: the mark, when all of that has been moved and there is room for it.
	void write(Writer &out, const std::vector<std::unique_ptr<Source>> &sources);
	// When a mark is due, on the monotonic clock.
	uint64_t due_ns(uint64_t now) const;
	// The last mark: nothing more can come. False: no room for it.
	bool finish(Writer &out);

private:
	static bool write(Writer &out, uint64_t boot_ns);

	int kicked_fd_;
	bool asked_ = false, noted_ = false;
	uint64_t boot_ns_ = 0; // when what the sources had was noted
	uint64_t last_ = 0; // when that was done last, on the monotonic clock
};

// Of a reader of what needs facts: asks for marks.
class Kicks {
public:
	explicit Kicks(const std::vector<int> &fds) : fds_(fds) {}

	// When frames of a feature were written since the last time.
	void kick(Writer &out);

private:
	std::vector<int> fds_; // eventfds, one per reader of facts
};

} // namespace conntrail

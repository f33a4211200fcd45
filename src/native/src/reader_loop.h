// What a reader does, without N-API: runs its sources until it is told to stop, then until they have nothing left.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "marks.h"
#include "source.h"
#include "writer.h"

namespace conntrail {

struct ReaderSettings {
	uint16_t source; // number of this reader in its frames
	int stop_fd; // readable when the ring's state may say stop
	int kicked_fd; // eventfd on which it is asked for marks, or -1
	std::vector<int> kicks; // eventfds on which it asks others
	uint32_t clock_ms; // how often it tells the clock; 0: its sources do, or another reader's
};

class ReaderLoop {
public:
	ReaderLoop(uint8_t *ring, size_t ring_bytes, const ReaderSettings &settings,
		   std::vector<std::unique_ptr<Source>> sources);
	~ReaderLoop();
	ReaderLoop(const ReaderLoop &) = delete;
	ReaderLoop &operator=(const ReaderLoop &) = delete;

	// Empty when everything could be opened, and nothing has failed since.
	const std::string &error() const { return error_; }

	static constexpr int kPollNotify = 1;
	static constexpr int kPollStopped = 2;
	// Blocks until there is something to tell, at most for kMostPollMs + kMostWaitMs; see NativeReader.poll in src/native/index.ts.
	int poll();

private:
	// `gathers`: who is woken by it waits a moment for more.
	bool watch(int fd, bool gathers = false);
	// All sources may be run from now on, and the clock goes first: the times of every record are told by it.
	void begin();
	Consumed run(uint64_t now);
	void begin_end();
	// A step of the end; true when done. Waits for room in the shared ring: for kDrainMs while the consumer takes nothing, for kMostDrainMs in all.
	bool finish();
	bool too_late();
	void wait(uint64_t now);
	// Behind the sources: the flush that follows a clock closes the interval of what they have accounted for.
	void tell_clock(uint64_t now);
	bool failed(const Source &source);

	static constexpr uint32_t kDrainMs = 5000;
	static constexpr uint32_t kMostDrainMs = 30000;
	// A thread that is to end is asked so only where it runs JavaScript, between two polls.
	static constexpr uint64_t kMostPollMs = 50, kMostWaitMs = 1000;

	Writer out_;
	Marks marks_;
	Kicks kicks_;
	std::vector<std::unique_ptr<Source>> sources_;
	std::string error_;
	int epoll_ = -1; // all that ends a wait
	int hasty_ = -1; // of that, what is not kept waiting while others gather

	uint64_t clock_ns_ = 0, next_clock_ = ~uint64_t{0};
	bool begun_ = false, ending_ = false;
	bool gathers_ = false; // all sources do
	bool told_ = false; // the last poll was for the consumer to be woken
	size_t finished_ = 0; // sources
	uint64_t drain_until_ = 0, drain_most_ = 0;
	uint32_t taken_ = 0;
};

} // namespace conntrail

// A reader of facts in a thread of its own, the program that makes them, and the eventfds between.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "clock.h"
#include "reader_loop.h"
#include "ring_source.h"
#include "tape.h"

constexpr uint32_t kFirst = 0x40 << 8 | 1, kSecond = 0x41 << 8 | 1;

[[noreturn]] inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

// The program and its maps.
class Events {
public:
	explicit Events(const char *path) : object_(bpf_object__open_file(path, nullptr))
	{
		if (!object_ || bpf_object__load(object_))
			fail(path);
		program_ = bpf_program__fd(bpf_object__find_program_by_name(object_, "emit"));
	}
	~Events() { bpf_object__close(object_); }
	Events(const Events &) = delete;
	Events &operator=(const Events &) = delete;

	int map(const char *name) { return bpf_object__find_map_fd_by_name(object_, name); }

	// Returns how many found room.
	uint32_t emit(uint32_t kind, uint32_t count, uint32_t length = sizeof(test_event))
	{
		uint32_t emitted = 0;
		for (uint32_t done = 0; done < count;) {
			emission asked = {};
			asked.first = number_;
			asked.kind = kind;
			asked.count = std::min<uint32_t>(count - done, MOST_AT_ONCE);
			asked.length = length;
			// The kernel writes the context back to where it came from.
			LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &asked, .ctx_size_in = sizeof(asked));
			if (bpf_prog_test_run_opts(program_, &options))
				fail("emit");
			done += asked.count;
			number_ += asked.count;
			emitted += asked.emitted;
			last_ = std::max<uint64_t>(last_, asked.last);
		}
		return emitted;
	}
	uint64_t number() const { return number_; }
	// Number of the last event that found room, and 1.
	uint64_t last() const { return last_; }

private:
	bpf_object *object_;
	int program_ = -1;
	uint64_t number_ = 0; // of the next event
	uint64_t last_ = 0;
};

class TestReader {
public:
	TestReader(Events &events, Tape &tape, bool marks, uint32_t interval_ms = 100)
		: tape_(tape), stop_(eventfd(0, EFD_NONBLOCK))
	{
		kicked_ = marks ? eventfd(0, EFD_NONBLOCK) : -1;
		std::vector<conntrail::RingFeature> features = {
			{0x40, events.map("counters_first"), 0, 1, {}},
			{0x41, events.map("counters_second"), 1, 2, {UNITLESS}},
		};
		std::vector<std::unique_ptr<conntrail::Source>> sources;
		sources.push_back(std::make_unique<conntrail::RingSource>(events.map("ring"), features, interval_ms));
		conntrail::ReaderSettings settings = {
			.source = 5, .stop_fd = stop_, .kicked_fd = kicked_, .kicks = {}, .clock_ms = 0};
		loop_ = std::make_unique<conntrail::ReaderLoop>(tape.memory(), tape.bytes(), settings,
								std::move(sources));
		if (!loop_->error().empty()) {
			fprintf(stderr, "%s\n", loop_->error().c_str());
			exit(1);
		}
		thread_ = std::thread([this] {
			while (!(loop_->poll() & conntrail::ReaderLoop::kPollStopped))
				polls_++;
			timespec used;
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
			cpu_us_ = static_cast<uint64_t>(used.tv_sec) * 1000000 +
				  static_cast<uint64_t>(used.tv_nsec) / 1000;
		});
	}
	~TestReader()
	{
		close(stop_);
		if (kicked_ >= 0)
			close(kicked_);
	}
	TestReader(const TestReader &) = delete;
	TestReader &operator=(const TestReader &) = delete;

	void kick() { eventfd_write(kicked_, 1); }
	// Asks it to end.
	void stop()
	{
		tape_.stop();
		eventfd_write(stop_, 1);
	}
	// Takes what it still brings, until it has ended.
	void end(bool take = true)
	{
		stop();
		while (tape_.state() != conntrail::kStopped) {
			if (take)
				tape_.take();
			usleep(200);
		}
		thread_.join();
		tape_.take();
	}
	uint64_t cpu_us() const { return cpu_us_; }
	uint64_t polls() const { return polls_; }

private:
	Tape &tape_;
	int stop_, kicked_;
	std::unique_ptr<conntrail::ReaderLoop> loop_;
	std::thread thread_;
	std::atomic<uint64_t> polls_ = 0;
	uint64_t cpu_us_ = 0; // after end()
};

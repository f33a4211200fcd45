#include "reader_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace conntrail {

namespace {

constexpr uint64_t kNsPerMs = 1000000;
// Between two looks whether the consumer made room.
constexpr useconds_t kRoomWaitUs = 500;
// Between two looks whether all sources are ready.
constexpr uint64_t kReadyMs = 2;
// How long events gather once one of them has woken the reader. A program wakes it for an event only when all before were taken, so that a flood
// wakes it once per such time, not once per event (spec kernel A7); a ring of 8 MiB has room for five million small ones a second.
constexpr int kGatherMs = 4;

enum Woken : uint32_t { kHasty = 0, kGathers = 1 };

} // namespace

ReaderLoop::ReaderLoop(uint8_t *ring, size_t ring_bytes, const ReaderSettings &settings,
		       std::vector<std::unique_ptr<Source>> sources)
	: out_(ring, ring_bytes, settings.source), marks_(settings.kicked_fd), kicks_(settings.kicks),
	  sources_(std::move(sources)), clock_ns_(settings.clock_ms * kNsPerMs)
{
	if (!out_.ring().valid()) {
		error_ = "the shared ring has a wrong header";
		return;
	}
	for (const auto &source : sources_) {
		error_ = source->open();
		if (!error_.empty())
			return;
	}
	epoll_ = epoll_create1(EPOLL_CLOEXEC);
	gathers_ = std::all_of(sources_.begin(), sources_.end(), [](const auto &source) { return source->gathers(); });
	hasty_ = epoll_create1(EPOLL_CLOEXEC);
	bool watched = epoll_ >= 0 && hasty_ >= 0 && watch(settings.stop_fd) && watch(marks_.fd());
	for (const auto &source : sources_)
		watched = watched && watch(source->epoll_fd(), source->gathers());
	if (watched)
		out_.ring().started();
	else
		error_ = std::string("the reader could not wait for its descriptors: ") + strerror(errno);
}

ReaderLoop::~ReaderLoop()
{
	for (int fd : {epoll_, hasty_})
		if (fd >= 0)
			close(fd);
}

bool ReaderLoop::watch(int fd, bool gathers)
{
	epoll_event event = {};
	event.events = EPOLLIN;
	event.data.u32 = gathers ? kGathers : kHasty;

	return fd < 0 || (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0 &&
			  (gathers || epoll_ctl(hasty_, EPOLL_CTL_ADD, fd, &event) == 0));
}

bool ReaderLoop::failed(const Source &source)
{
	if (error_.empty())
		error_ = source.error();
	return !error_.empty();
}

void ReaderLoop::begin()
{
	begun_ = std::all_of(sources_.begin(), sources_.end(), [](const auto &source) { return source->ready(); });
	if (!begun_)
		return;
	out_.clock();
	if (clock_ns_ != 0)
		next_clock_ = now_ns(CLOCK_MONOTONIC) + clock_ns_;
}

Consumed ReaderLoop::run(uint64_t now)
{
	Consumed consumed = Consumed::All;

	marks_.note(sources_, now);
	for (const auto &source : sources_) {
		if (source->run(out_, now) == Consumed::NoRoom)
			consumed = Consumed::NoRoom;
		if (failed(*source))
			return Consumed::Failed;
	}
	tell_clock(now);
	marks_.write(out_, sources_);
	kicks_.kick(out_);
	return consumed;
}

void ReaderLoop::tell_clock(uint64_t now)
{
	if (now < next_clock_)
		return;
	out_.clock();
	next_clock_ = now + clock_ns_;
}

void ReaderLoop::begin_end()
{
	uint64_t now = now_ns(CLOCK_MONOTONIC);

	ending_ = true;
	if (!begun_)
		begin();
	drain_until_ = now + kDrainMs * kNsPerMs;
	drain_most_ = now + kMostDrainMs * kNsPerMs;
}

bool ReaderLoop::too_late()
{
	uint64_t now = now_ns(CLOCK_MONOTONIC);
	uint32_t taken = out_.ring().taken();

	if (taken != taken_)
		drain_until_ = std::min(now + kDrainMs * kNsPerMs, drain_most_);
	taken_ = taken;
	return now > drain_until_;
}

bool ReaderLoop::finish()
{
	bool late = too_late();

	marks_.note(sources_, now_ns(CLOCK_MONOTONIC));
	for (; finished_ < sources_.size(); finished_++) {
		Source &source = *sources_[finished_];
		Consumed consumed = source.finish(out_, late);
		if (failed(source))
			return true;
		if (consumed != Consumed::All)
			break;
	}
	marks_.write(out_, sources_);
	kicks_.kick(out_);
	if (finished_ < sources_.size() || !(marks_.finish(out_) || late))
		return false;
	if (clock_ns_ != 0)
		out_.clock();
	return true;
}

void ReaderLoop::wait(uint64_t now)
{
	uint64_t until = std::min(now + (begun_ ? kMostWaitMs : kReadyMs) * kNsPerMs, marks_.due_ns(now));

	if (begun_) {
		until = std::min(until, next_clock_);
		for (const auto &source : sources_)
			until = std::min(until, source->due_ns(now));
	}
	// A turn takes a while itself.
	now = now_ns(CLOCK_MONOTONIC);
	epoll_event events[4];
	int timeout = until > now ? static_cast<int>((until - now + kNsPerMs - 1) / kNsPerMs) : 0;
	int ready = epoll_wait(epoll_, events, std::size(events), timeout);
	// Who has more to do than there was time for does not wait.
	bool gather = timeout > 0 && ready > 0 && std::all_of(events, events + ready, [](const epoll_event &event) {
			      return event.data.u32 == kGathers;
		      });
	if (gather)
		epoll_wait(hasty_, events, std::size(events), kGatherMs);
}

int ReaderLoop::poll()
{
	const uint64_t back = now_ns(CLOCK_MONOTONIC) + kMostPollMs * kNsPerMs;

	for (;;) {
		// Nobody takes anything any more: the pool has abandoned its readers.
		if (out_.ring().state() == kStopped)
			return kPollStopped;
		if (!ending_ && out_.ring().state() == kStopping)
			begin_end();
		if (ending_) {
			bool done = finish();
			int waiting = out_.ring().take_waiting() ? kPollNotify : 0;
			if (done) {
				out_.ring().set_state(kStopped);
				return kPollStopped | waiting;
			}
			if (waiting || now_ns(CLOCK_MONOTONIC) >= back)
				return waiting;
			usleep(kRoomWaitUs); // the stop descriptor is readable for good, so epoll would not wait
			continue;
		}
		uint64_t now = now_ns(CLOCK_MONOTONIC);
		if (!begun_)
			begin();
		// What came while the consumer was woken may gather, too.
		if (std::exchange(told_, false) && gathers_) {
			wait(now);
			now = now_ns(CLOCK_MONOTONIC);
		}
		Consumed consumed = begun_ ? run(now) : Consumed::All;
		if (consumed == Consumed::Failed)
			return kPollStopped;
		if (out_.ring().take_waiting()) {
			told_ = true;
			return kPollNotify;
		}
		if (now >= back)
			return 0;
		if (consumed == Consumed::NoRoom)
			usleep(kRoomWaitUs); // the transport's descriptor stays readable, so epoll would not wait
		else
			wait(now);
	}
}

} // namespace conntrail

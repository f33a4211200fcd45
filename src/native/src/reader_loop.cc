#include "reader_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>

#include "misses.h"

namespace conntrail {

namespace {

constexpr uint64_t kNsPerMs = 1000000;
constexpr int kTornTries = 3;
// Of a snapshot, at a time: whatever else is due comes between.
constexpr uint32_t kRowsPerTurn = 8192;
// Between two passes over UDP flows, at most and, while their map is filling, at least.
constexpr uint64_t kExpiryMs = 1000;
constexpr uint64_t kPressedMs = 50;
constexpr uint32_t kEndedBytes = sizeof(ct_frame) + sizeof(ct_single);
// Left free by events from the kernel: a batch with the filler before it, and the small frames of an interval.
constexpr uint32_t kRoomBytes = 4 * CT_PAGE;
// Between two looks whether the consumer made room.
constexpr useconds_t kRoomWaitUs = 500;

// Counted by the programs, summed anew for each account; the others are the reader's own.
constexpr ct_connections_note kKernelNotes[] = {
	CT_CONNECTIONS_NOTE_UNBATCHED,	   CT_CONNECTIONS_NOTE_CAUGHT,	CT_CONNECTIONS_NOTE_UNTRACKED,
	CT_CONNECTIONS_NOTE_EXPIRED_EARLY, CT_CONNECTIONS_NOTE_UNNAMED,
};

// Links in the order of kIterators (snapshot.h), with the counts that the control page has.
std::vector<Snapshot::Source> sources(const std::vector<int> &links, const std::vector<int> &walks, Control &control)
{
	std::vector<Snapshot::Source> all;

	for (size_t i = 0; i < links.size() && i < std::size(kIterators); i++) {
		bool counted = kIterators[i].entries && control.valid();
		int walk = i < walks.size() ? walks[i] : -1;
		all.push_back({links[i], walk, counted ? &(control.operator->()->*kIterators[i].entries) : nullptr});
	}
	return all;
}

} // namespace

ReaderLoop::ReaderLoop(const ReaderSettings &settings, uint8_t *ring, size_t ring_bytes)
	: settings_(settings), ring_(ring, ring_bytes, static_cast<uint16_t>(settings.reader)),
	  backlog_(kBacklogBytes / settings.readers), pages_(settings.batches_fd, settings.cpus),
	  control_(settings.control_fd),
	  snapshot_(sources(settings.iterators, settings.walks, control_), settings.walk_rows_fd),
	  expiry_(settings.reader == 0 ? settings.expiry : -1, settings.expiry_page_fd, control_, settings.udp_flows),
	  seen_(settings.cpus), last_(settings.cpus)
{
	account_.feature = CT_FEATURE_CONNECTIONS;
	account_.source = static_cast<uint16_t>(settings.reader);
	account_.sources = static_cast<uint16_t>(settings.readers);
	for (uint32_t cpu = settings.reader; cpu < settings.cpus; cpu += settings.readers)
		own_cpus_.push_back(cpu);
	if (!ring_.valid()) {
		error_ = "the shared ring has a wrong header";
		return;
	}
	if (!pages_.valid() || !control_.valid()) {
		error_ = std::string("the batch map could not be mapped: ") + strerror(errno);
		return;
	}
	EventSink sink = [this](int cpu, const void *data, uint32_t bytes) { on_event(cpu, data, bytes); };
	if (settings.perf) {
		std::vector<int> numbers(own_cpus_.begin(), own_cpus_.end());
		transport_ = open_perf_buffers(
			settings.perf_fd, numbers, settings.kernel_buffer, sink,
			[this](uint64_t events) { account_.notes[CT_CONNECTIONS_NOTE_TRANSPORT_LOST] += events; },
			error_);
	} else if (settings.reader == 0) {
		transport_ = open_kernel_ring(settings.ring_fd, sink, error_);
	}
	if (!error_.empty())
		return;
	epoll_ = epoll_create1(EPOLL_CLOEXEC);
	epoll_event event = {};
	event.events = EPOLLIN;
	if (epoll_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, settings.stop_fd, &event) ||
	    (transport_ && epoll_ctl(epoll_, EPOLL_CTL_ADD, transport_->epoll_fd(), &event)))
		error_ = std::string("the reader could not wait for its descriptors: ") + strerror(errno);
	else
		ring_.started();
}

ReaderLoop::~ReaderLoop()
{
	if (epoll_ >= 0)
		close(epoll_);
}

bool ReaderLoop::write(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh)
{
	uint8_t *target = ring_.reserve(bytes);

	if (!target) {
		ring_.skip(fresh);
		account_.notes[CT_CONNECTIONS_NOTE_DROPPED_FRAMES]++;
		account_.dropped += fresh;
		return false;
	}
	memcpy(target, payload, bytes);
	ring_.commit(kind, bytes, fresh);
	account_.enqueued += fresh;
	return true;
}

// A batch names its CPU itself, since the ring buffer does not; a perf buffer's CPU must agree.
void ReaderLoop::on_event(int cpu, const void *data, uint32_t bytes)
{
	// Perf samples are padded, so sizes are lower bounds. The kernel's memory is stable until the sample is released.
	uint32_t named = settings_.cpus;
	if (bytes >= sizeof(ct_batch))
		named = static_cast<const ct_batch *>(data)->cpu;
	else if (bytes >= sizeof(ct_single))
		named = static_cast<const ct_single *>(data)->cpu;
	if (named >= settings_.cpus || (cpu >= 0 && static_cast<uint32_t>(cpu) != named)) {
		account_.notes[CT_CONNECTIONS_NOTE_INVALID]++;
		return;
	}
	if (bytes >= sizeof(ct_batch))
		on_batch(static_cast<const ct_batch *>(data));
	else
		on_single(data);
}

void ReaderLoop::on_batch(const ct_batch *batch)
{
	uint32_t seen = std::min<uint32_t>(seen_[batch->cpu].take(batch->head_id), CT_BATCH_CAPACITY);

	account_.read += CT_BATCH_CAPACITY;
	account_.duplicate += seen;
	deliver(CT_CONNECTIONS_KIND_BATCH, batch, sizeof(*batch), CT_BATCH_CAPACITY - seen);
}

void ReaderLoop::on_single(const void *data)
{
	account_.read++;
	deliver(CT_CONNECTIONS_KIND_SINGLE, data, sizeof(ct_single), 1);
}

void ReaderLoop::deliver(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh)
{
	bool waits = !backlog_.empty() || ring_.free_bytes() < kRoomBytes;

	if (waits && backlog_.has_room())
		backlog_.put(kind, payload, bytes, fresh);
	else
		write(kind, payload, bytes, fresh);
}

void ReaderLoop::move_backlog(bool late)
{
	while (!backlog_.empty() && (late || ring_.free_bytes() >= kRoomBytes)) {
		const Backlog::Event &event = backlog_.front();
		write(event.kind, event.payload(), event.bytes, event.fresh);
		backlog_.pop();
	}
}

// What finds no room waits in the backlog, which keeps the kernel's buffer free for what the burst still brings, and beyond its bound in the kernel's
// buffer. Past the deadline of the final drain the ring drops it instead, counted.
Consumed ReaderLoop::consume(bool late)
{
	move_backlog(late);
	if (!transport_)
		return Consumed::All;
	Consumed consumed = transport_->consume(
		[this, late] {
			bool direct = backlog_.empty() && ring_.free_bytes() >= kRoomBytes;
			return late || direct || backlog_.has_room();
		},
		error_);
	move_backlog(late);
	return consumed == Consumed::All && !backlog_.empty() ? Consumed::NoRoom : consumed;
}

// A pending frame that finds no room is no loss: the records stay in the page and are read again.
void ReaderLoop::read_pending()
{
	for (uint32_t cpu : own_cpus_) {
		SeenBatches &seen = seen_[cpu];
		uint8_t *target = ring_.reserve(sizeof(ct_batch));
		if (!target)
			return;
		int bytes = -1;
		for (int i = 0; bytes < 0 && i < kTornTries; i++) {
			bytes = read_open_batch(pages_.page(cpu), target, seen.last_id(), seen.last_len());
			account_.notes[CT_CONNECTIONS_NOTE_TORN] += bytes < 0;
		}
		if (bytes <= 0)
			continue;
		const auto *copy = reinterpret_cast<const ct_batch *>(target);
		uint32_t before = seen.seen(copy->head_id);
		if (copy->len <= before || seen.arrived(copy->head_id))
			continue;
		account_.read += copy->len;
		account_.duplicate += before;
		seen.set(copy->head_id, copy->len);
		uint32_t fresh = copy->len - before;
		ring_.commit(CT_CONNECTIONS_KIND_PENDING, static_cast<uint32_t>(bytes), fresh);
		account_.enqueued += fresh;
	}
}

void ReaderLoop::mark(uint16_t kind)
{
	write(kind, &mark_, sizeof(mark_), 0);
}

void ReaderLoop::start_interval(bool full)
{
	if (settings_.reader != 0) {
		send_account(false);
		return;
	}
	if (snapshot_.active())
		return; // the consumer is slower than the interval; the running snapshot ends first
	mark_.boot_ns = now_ns(CLOCK_BOOTTIME);
	mark_.id++;
	mark_.full = full || force_full_ || mark_.id % kFullEvery == 0;
	force_full_ = false;
	control_.show_everything(mark_.full);
	mark(CT_CONNECTIONS_KIND_SNAPSHOT_BEGIN);
	expiry_.number_pass();
	snapshot_.begin();
}

// Stops at half a ring, so that open connections never push closed ones out; goes on when the consumer made room. A piece may take milliseconds, so
// closes are moved on between them.
void ReaderLoop::continue_snapshot()
{
	uint32_t turn = 0;

	while (snapshot_.active() && turn < kRowsPerTurn && ring_.free_bytes() > ring_.capacity() / 2) {
		if (ending_ == Ending::No && consume(false) == Consumed::Failed)
			return; // the next look tells
		uint32_t rows = 0;
		const ct_conn *row = snapshot_.next(rows);
		turn += rows;
		while (rows > 0) {
			// UDP flows that have expired come as closed rows among the open ones.
			uint32_t open = 0;
			while (open < rows && row[open].state == CT_STATE_OPEN)
				open++;
			// The iterator will not show an unchanged connection again, so a lost row asks for a full snapshot.
			if (open && !write(CT_CONNECTIONS_KIND_SNAPSHOT, row, open * sizeof(ct_conn), 0))
				force_full_ = true;
			if (open < rows)
				tell_ended(row[open++]);
			row += open;
			rows -= open;
		}
		if (!snapshot_.active()) {
			mark(CT_CONNECTIONS_KIND_SNAPSHOT_END);
			send_account(false);
			send_clock();
		}
	}
}

void ReaderLoop::tell_ended(const ct_conn &record)
{
	ct_single single = {};

	single.cpu = own_cpus_.front();
	single.record = record;
	told_ended_++;
	account_.read++;
	if (ring_.free_bytes() > kRoomBytes) {
		write(CT_CONNECTIONS_KIND_SINGLE, &single, sizeof(single), 1);
		return;
	}
	ring_.skip(1);
	account_.notes[CT_CONNECTIONS_NOTE_DROPPED_FRAMES]++;
	account_.dropped++;
}

// Leaves a quarter of the ring to what cannot wait, where a snapshot leaves half. What is left here is told by a later call, or, past the
// deadline of the final drain, dropped.
void ReaderLoop::expire_flows(bool late)
{
	while (expiry_.active()) {
		uint32_t kept = ring_.capacity() / 4;
		uint32_t free = ring_.free_bytes();
		uint32_t room = free > kept ? (free - kept) / kEndedBytes : 0;
		uint32_t count = 0;
		const ct_conn *flows = expiry_.next(late ? kExpiryRows : room, count);
		for (uint32_t i = 0; i < count; i++)
			tell_ended(flows[i]);
		if (!count)
			return;
	}
}

void ReaderLoop::send_clock()
{
	ct_clock clock = {};
	clock.boot_ns = now_ns(CLOCK_BOOTTIME);
	clock.wall_offset_us = wall_.read();
	write(CT_CORE_KIND_CLOCK, &clock, sizeof(clock), 0);
}

// Pages first: a batch that fills meanwhile goes to the kernel's buffer, which is read after.
void ReaderLoop::drain()
{
	uint64_t now = now_ns(CLOCK_BOOTTIME);

	if (ring_.free_bytes() < kRoomBytes + own_cpus_.size() * sizeof(ct_batch))
		return;
	read_pending();
	if (consume(false) == Consumed::All)
		drained_ns_ = now;
}

void ReaderLoop::send_account(bool final)
{
	// Consumers take it for "all that closed before has been told", so it is the time of the last full drain, not of this reading.
	if (!final)
		drain();
	account_.boot_ns = final ? now_ns(CLOCK_BOOTTIME) : drained_ns_;
	account_.final = final;
	take_counters(final);
	write(CT_CORE_KIND_ACCOUNT, &account_, sizeof(account_), 0);
}

// The counters of this reader's CPUs, and of what it read itself.
void ReaderLoop::take_counters(bool final)
{
	ct_account &c = account_;

	c.attempted = c.emitted = c.pending = 0;
	std::fill(std::begin(c.lost), std::end(c.lost), 0);
	for (size_t note : kKernelNotes)
		c.notes[note] = 0;
	for (uint32_t cpu : own_cpus_) {
		CpuCounters now = read_counters(pages_.page(cpu));
		// Mid-append after all tries (a stalled virtual CPU): the last consistent reading is told instead, except at the very end.
		if (now.consistent() || final)
			last_[cpu] = now;
		const CpuCounters &told = last_[cpu];
		uint32_t read_in_place = std::min(seen_[cpu].seen(told.batch_id), told.len);
		c.attempted += told.attempted;
		c.emitted += told.emitted + read_in_place;
		c.pending += told.len - read_in_place;
		c.lost[CT_CONNECTIONS_LOST_BUFFER_FULL] += told.lost_buffer_full;
		c.lost[CT_CONNECTIONS_LOST_MAP_FULL] += told.lost_map_full;
		c.lost[CT_CONNECTIONS_LOST_RECURSION] += told.lost_recursion;
		c.lost[CT_CONNECTIONS_LOST_UNSEEN] += told.lost_unseen;
		c.notes[CT_CONNECTIONS_NOTE_UNBATCHED] += told.unbatched;
		c.notes[CT_CONNECTIONS_NOTE_CAUGHT] += told.caught;
		c.notes[CT_CONNECTIONS_NOTE_UNTRACKED] += told.untracked;
		c.notes[CT_CONNECTIONS_NOTE_EXPIRED_EARLY] += told.expired_early;
		c.notes[CT_CONNECTIONS_NOTE_UNNAMED] += told.unnamed;
	}
	// What left by being read was never in a page.
	c.attempted += told_ended_;
	c.emitted += told_ended_;
	c.notes[CT_CONNECTIONS_NOTE_EXPIRED_EARLY] += expiry_.early();
	if (settings_.reader != 0)
		return;
	if (final) {
		c.attempted += expiry_.forsaken();
		c.lost[CT_CONNECTIONS_LOST_MAP_FULL] += expiry_.forsaken();
	}
	c.notes[CT_CONNECTIONS_NOTE_SKIPPED_RUNS] = recursion_misses(settings_.programs) - control_->misses;
	c.notes[CT_CONNECTIONS_NOTE_SKIPPED_IO] = recursion_misses(settings_.io_programs) - control_->io_misses;
}

bool ReaderLoop::too_late()
{
	uint64_t now = now_ns(CLOCK_MONOTONIC);
	uint32_t taken = ring_.taken();

	if (taken != taken_)
		drain_until_ = std::min(now + kDrainMs * kNsPerMs, drain_most_);
	taken_ = taken;
	return now > drain_until_;
}

bool ReaderLoop::finish()
{
	bool late = too_late();

	if (ending_ == Ending::Drain) {
		Consumed consumed = consume(late);
		if (consumed != Consumed::All)
			return consumed == Consumed::Failed;
		read_pending();
		for (uint32_t cpu : own_cpus_) {
			CpuCounters now = read_counters(pages_.page(cpu));
			if (seen_[cpu].seen(now.batch_id) < now.len && !late)
				return false; // no room yet
		}
		ending_ = Ending::Flows;
	}
	if (ending_ == Ending::Flows) {
		// Until a pass finds none: one that is under way may have been past a socket that closed meanwhile.
		do {
			if (!expiry_.active() && expiry_.due())
				expiry_.begin();
			expire_flows(late);
			if (expiry_.active())
				return false;
		} while (expiry_.due() && !expiry_.idle());
		start_interval(true);
		ending_ = Ending::Snapshot;
	}
	continue_snapshot();
	if (snapshot_.active() && !late)
		return false;
	// The snapshot itself reports closes that no program saw.
	Consumed consumed = consume(late);
	if (consumed != Consumed::All)
		return consumed == Consumed::Failed;
	read_pending();
	if (ring_.free_bytes() < 2 * CT_PAGE && !late)
		return false;
	send_account(true);
	if (settings_.reader == 0)
		send_clock();
	ending_ = Ending::Done;
	return true;
}

void ReaderLoop::wait(uint64_t until_ns)
{
	epoll_event events[2];
	uint64_t now = now_ns(CLOCK_MONOTONIC);
	int ms = until_ns > now ? static_cast<int>(std::min<uint64_t>((until_ns - now + kNsPerMs - 1) / kNsPerMs, 1000))
				: 0;

	epoll_wait(epoll_, events, 2, ms);
}

int ReaderLoop::poll()
{
	const uint64_t back = now_ns(CLOCK_MONOTONIC) + kMostPollMs * kNsPerMs;

	for (;;) {
		// Nobody takes anything any more: the pool has abandoned its readers.
		if (ring_.state() == kStopped)
			return kPollStopped;
		if (ending_ == Ending::No && ring_.state() == kStopping) {
			ending_ = Ending::Drain;
			if (!enabled_ && control_.enabled())
				send_clock();
			drain_until_ = now_ns(CLOCK_MONOTONIC) + kDrainMs * kNsPerMs;
			drain_most_ = now_ns(CLOCK_MONOTONIC) + kMostDrainMs * kNsPerMs;
		}
		if (ending_ != Ending::No) {
			bool done = finish();
			int waiting = ring_.take_waiting() ? kPollNotify : 0;
			if (done) {
				ring_.set_state(kStopped);
				return kPollStopped | waiting;
			}
			if (waiting || now_ns(CLOCK_MONOTONIC) >= back)
				return waiting;
			usleep(kRoomWaitUs); // the stop descriptor is readable for good, so epoll would not wait
			continue;
		}
		uint64_t now = now_ns(CLOCK_MONOTONIC);
		// The clock goes first: the times of every record are told by it.
		if (!enabled_ && control_.enabled()) {
			enabled_ = true;
			send_clock();
			next_interval_ = now;
		}
		Consumed consumed = enabled_ ? consume(false) : Consumed::All;
		if (consumed == Consumed::Failed)
			return kPollStopped;
		if (now >= next_pending_) {
			read_pending();
			next_pending_ = now + settings_.pending_ms * kNsPerMs;
		}
		if (enabled_ && now >= next_interval_) {
			start_interval(false);
			next_interval_ += settings_.interval_ms * kNsPerMs;
			if (next_interval_ < now)
				next_interval_ = now + settings_.interval_ms * kNsPerMs;
		}
		continue_snapshot();
		uint64_t pause = (expiry_.pressed() ? kPressedMs : kExpiryMs) * kNsPerMs;
		if (enabled_ && !expiry_.active() && expiry_.due() && now >= last_expiry_ + pause) {
			expiry_.begin();
			last_expiry_ = now;
		}
		expire_flows(false);
		if (ring_.take_waiting())
			return kPollNotify;
		if (now >= back)
			return 0;
		if (consumed == Consumed::NoRoom) {
			usleep(kRoomWaitUs); // the transport's descriptor stays readable, so epoll would not wait
			continue;
		}
		uint64_t until = enabled_ ? std::min(next_pending_, next_interval_) : now + 2 * kNsPerMs;
		if (snapshot_.active() || expiry_.active())
			until = now + kNsPerMs;
		wait(std::min(until, now + kMostWaitMs * kNsPerMs));
	}
}

} // namespace conntrail

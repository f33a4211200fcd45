#include "connection_source.h"

#include <errno.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "misses.h"

namespace conntrail {

namespace {

constexpr uint64_t kNsPerMs = 1000000;
// Of all readers together: the closes of 390,000 sockets.
constexpr size_t kBacklogBytes = 64 << 20;
constexpr uint32_t kFullEvery = 10; // snapshots
// Of a snapshot, at a time: whatever else is due comes between.
constexpr uint32_t kRowsPerTurn = 8192;
// Between two passes over UDP flows, at most and, while their map is filling, at least.
constexpr uint64_t kExpiryMs = 1000;
constexpr uint64_t kPressedMs = 50;
constexpr uint32_t kEndedBytes = sizeof(ct_frame) + sizeof(ct_single);

// Links in the order of kCounts (snapshot.h), with the counts that the control page has.
std::vector<Snapshot::Source> sources(const std::vector<int> &links, const std::vector<int> &walks, Control &control)
{
	std::vector<Snapshot::Source> all;

	for (size_t i = 0; i < links.size() && i < std::size(kCounts); i++) {
		bool counted = kCounts[i] && control.valid();
		int walk = i < walks.size() ? walks[i] : -1;
		all.push_back({links[i], walk, counted ? &(control.operator->()->*kCounts[i]) : nullptr});
	}
	return all;
}

ArrivalSettings arrival_settings(const ConnectionSettings &settings, const std::vector<uint32_t> &cpus)
{
	return {
		.perf = settings.perf,
		.ring_fd = settings.ring_fd,
		.perf_fd = settings.perf_fd,
		.kernel_buffer = settings.kernel_buffer,
		.cpus = {cpus.begin(), cpus.end()},
		.reads_ring = settings.reader == 0,
		.backlog_bytes = kBacklogBytes / settings.readers,
	};
}

} // namespace

ConnectionSource::ConnectionSource(const ConnectionSettings &settings)
	: settings_(settings), control_(settings.control_fd),
	  batches_(settings.batches_fd, settings.cpus, settings.reader, settings.readers),
	  arrivals_(arrival_settings(settings, batches_.own_cpus()), batches_.seen()),
	  snapshot_(sources(settings.iterators, settings.walks, control_), settings.walk_rows_fd),
	  expiry_(settings.reader == 0 ? settings.expiry : -1, settings.expiry_page_fd, control_, settings.udp_flows)
{}

std::string ConnectionSource::open()
{
	if (!batches_.valid() || !control_.valid())
		return std::string("the batch map could not be mapped: ") + strerror(errno);
	return arrivals_.open();
}

uint64_t ConnectionSource::due_ns(uint64_t now) const
{
	if (snapshot_.active() || expiry_.active())
		return now + kNsPerMs;
	return std::min(next_pending_, next_interval_);
}

Consumed ConnectionSource::run(Writer &out, uint64_t now)
{
	Consumed consumed = arrivals_.consume(out, false, error_);

	if (consumed == Consumed::Failed)
		return consumed;
	if (now >= next_pending_) {
		batches_.read(out);
		next_pending_ = now + settings_.pending_ms * kNsPerMs;
	}
	if (now >= next_interval_) {
		start_interval(out, false);
		next_interval_ += settings_.interval_ms * kNsPerMs;
		if (next_interval_ < now)
			next_interval_ = now + settings_.interval_ms * kNsPerMs;
	}
	continue_snapshot(out);
	uint64_t pause = (expiry_.pressed() ? kPressedMs : kExpiryMs) * kNsPerMs;
	if (!expiry_.active() && expiry_.due() && now >= last_expiry_ + pause) {
		expiry_.begin();
		last_expiry_ = now;
	}
	expire_flows(out, false);
	return consumed;
}

void ConnectionSource::mark(Writer &out, uint16_t kind)
{
	out.write_quietly(kind, &mark_, sizeof(mark_));
}

void ConnectionSource::start_interval(Writer &out, bool full)
{
	if (!first()) {
		account(out, false);
		return;
	}
	if (snapshot_.active())
		return; // the consumer is slower than the interval; the running snapshot ends first
	mark_.boot_ns = now_ns(CLOCK_BOOTTIME);
	mark_.id++;
	mark_.full = full || force_full_ || mark_.id % kFullEvery == 0;
	force_full_ = false;
	control_.show_everything(mark_.full);
	mark(out, CT_CONNECTIONS_KIND_SNAPSHOT_BEGIN);
	expiry_.number_pass();
	snapshot_.begin();
}

// Stops at half a ring, so that open connections never push closed ones out; goes on when the consumer made room. A piece may take milliseconds, so
// closes are moved on between them.
void ConnectionSource::continue_snapshot(Writer &out)
{
	uint32_t turn = 0;

	while (snapshot_.active() && turn < kRowsPerTurn && out.free_bytes() > out.capacity() / 2) {
		if (ending_ == Ending::No && arrivals_.consume(out, false, error_) == Consumed::Failed)
			return;
		uint32_t rows = 0;
		const ct_conn *row = snapshot_.next(rows);
		turn += rows;
		tell_rows(out, row, rows);
		if (!snapshot_.active()) {
			mark(out, CT_CONNECTIONS_KIND_SNAPSHOT_END);
			account(out, false);
			out.clock();
		}
	}
}

// UDP flows that have expired come as closed rows among the open ones.
void ConnectionSource::tell_rows(Writer &out, const ct_conn *row, uint32_t rows)
{
	while (rows > 0) {
		uint32_t open = 0;
		while (open < rows && row[open].state == CT_STATE_OPEN)
			open++;
		// The iterator will not show an unchanged connection again, so a lost row asks for a full snapshot.
		if (open && !out.write(CT_CONNECTIONS_KIND_SNAPSHOT, row, open * sizeof(ct_conn), 0))
			force_full_ = true;
		if (open < rows)
			tell_ended(out, row[open++]);
		row += open;
		rows -= open;
	}
}

void ConnectionSource::tell_ended(Writer &out, const ct_conn &record)
{
	ct_single single = {};

	single.cpu = batches_.own_cpus().front();
	single.record = record;
	told_ended_++;
	if (out.free_bytes() > Arrivals::kRoomBytes)
		out.write(CT_CONNECTIONS_KIND_SINGLE, &single, sizeof(single), 1);
	else
		out.skip(CT_CONNECTIONS_KIND_SINGLE, 1);
}

// Leaves a quarter of the ring to what cannot wait, where a snapshot leaves half. What is left here is told by a later call, or, past the
// deadline of the end, dropped.
void ConnectionSource::expire_flows(Writer &out, bool late)
{
	while (expiry_.active()) {
		uint32_t kept = out.capacity() / 4;
		uint32_t free = out.free_bytes();
		uint32_t room = free > kept ? (free - kept) / kEndedBytes : 0;
		uint32_t count = 0;
		const ct_conn *flows = expiry_.next(late ? kExpiryRows : room, count);
		for (uint32_t i = 0; i < count; i++)
			tell_ended(out, flows[i]);
		if (!count)
			return;
	}
}

// Pages first: a batch that fills meanwhile goes to the kernel's buffer, which is read after.
void ConnectionSource::drain(Writer &out)
{
	uint64_t now = now_ns(CLOCK_BOOTTIME);

	if (!out.has_room(Arrivals::kRoomBytes + batches_.own_cpus().size() * sizeof(ct_batch)))
		return;
	batches_.read(out);
	if (arrivals_.consume(out, false, error_) == Consumed::All)
		drained_ns_ = now;
}

void ConnectionSource::account(Writer &out, bool final)
{
	ct_account sum = {};

	// Consumers take its time for "all that closed before has been told", so it is that of the last full drain, not of this reading.
	if (!final)
		drain(out);
	sum.boot_ns = final ? now_ns(CLOCK_BOOTTIME) : drained_ns_;
	sum.feature = CT_FEATURE_CONNECTIONS;
	sum.source = static_cast<uint16_t>(settings_.reader);
	sum.sources = static_cast<uint16_t>(settings_.readers);
	sum.final = final;
	batches_.add_counters(sum, final);
	// What left by being read was never in a page.
	sum.attempted += told_ended_;
	sum.emitted += told_ended_;
	sum.notes[CT_CONNECTIONS_NOTE_EXPIRED_EARLY] += expiry_.early();
	if (first()) {
		uint64_t forsaken = final ? expiry_.forsaken() : 0;
		sum.attempted += forsaken;
		sum.lost[CT_CONNECTIONS_LOST_MAP_FULL] += forsaken;
		sum.notes[CT_CONNECTIONS_NOTE_SKIPPED_RUNS] = recursion_misses(settings_.programs) - control_->misses;
		sum.notes[CT_CONNECTIONS_NOTE_SKIPPED_IO] =
			recursion_misses(settings_.io_programs) - control_->io_misses;
	}
	const ArrivalCounts &arrived = arrivals_.counts();
	const PendingCounts &pending = batches_.counts();
	const Written &written = out.written(CT_FEATURE_CONNECTIONS);
	sum.read = arrived.read + pending.read + told_ended_;
	sum.duplicate = arrived.duplicate + pending.duplicate;
	sum.notes[CT_CONNECTIONS_NOTE_TORN] = pending.torn;
	sum.notes[CT_CONNECTIONS_NOTE_INVALID] = arrived.invalid;
	sum.notes[CT_CONNECTIONS_NOTE_TRANSPORT_LOST] = arrived.transport_lost;
	sum.notes[CT_CONNECTIONS_NOTE_DROPPED_FRAMES] = out.dropped_frames();
	sum.enqueued = written.enqueued;
	sum.dropped = written.dropped;
	out.write_quietly(CT_CORE_KIND_ACCOUNT, &sum, sizeof(sum));
}

Consumed ConnectionSource::finish(Writer &out, bool late)
{
	if (ending_ == Ending::No)
		ending_ = Ending::Drain;
	if (ending_ == Ending::Drain) {
		Consumed consumed = arrivals_.consume(out, late, error_);
		if (consumed != Consumed::All)
			return consumed;
		batches_.read(out);
		if (!late && !batches_.all_read())
			return Consumed::NoRoom;
		ending_ = Ending::Flows;
	}
	if (ending_ == Ending::Flows) {
		// Until a pass finds none: one that is under way may have been past a socket that closed meanwhile.
		do {
			if (!expiry_.active() && expiry_.due())
				expiry_.begin();
			expire_flows(out, late);
			if (expiry_.active())
				return Consumed::NoRoom;
		} while (expiry_.due() && !expiry_.idle());
		start_interval(out, true);
		ending_ = Ending::Snapshot;
	}
	continue_snapshot(out);
	if (snapshot_.active() && !late)
		return Consumed::NoRoom;
	// The snapshot itself reports closes that no program saw.
	Consumed consumed = arrivals_.consume(out, late, error_);
	if (consumed != Consumed::All)
		return consumed;
	batches_.read(out);
	if (!out.has_room(2 * CT_PAGE) && !late)
		return Consumed::NoRoom;
	account(out, true);
	if (first())
		out.clock();
	return Consumed::All;
}

} // namespace conntrail

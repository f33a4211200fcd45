#include "ring_source.h"

#include <algorithm>

namespace conntrail {

namespace {

constexpr uint64_t kNsPerMs = 1000000;
constexpr uint32_t kLargestEvent = 16384;
// Left free: the largest event with the filler before it, and the accounts of an interval.
constexpr uint32_t kRoomBytes = 2 * (kLargestEvent + sizeof(ct_frame));
// Others want their turn, a mark among them.
constexpr uint32_t kEventsPerTurn = 4096;

} // namespace

RingSource::Share::Share(const RingFeature &feature) : unitless(feature.unitless), counters(feature.counters_fd)
{
	account.feature = feature.id;
	account.source = feature.source;
	account.sources = feature.sources;
}

uint32_t RingSource::Share::units_of(uint16_t kind) const
{
	return std::find(unitless.begin(), unitless.end(), kind) == unitless.end();
}

RingSource::RingSource(int ring_fd, const std::vector<RingFeature> &features, uint32_t interval_ms)
	: ring_fd_(ring_fd), interval_ns_(interval_ms * kNsPerMs), shares_(features.begin(), features.end())
{}

std::string RingSource::open()
{
	for (Share &share : shares_) {
		std::string error = share.counters.open();
		if (!error.empty())
			return error;
	}
	EventSink sink = [this](int, const void *data, uint32_t bytes) { on_event(data, bytes); };
	std::string error;
	ring_ = open_kernel_ring(ring_fd_, sink, error);
	return error;
}

RingSource::Share *RingSource::share_of(uint16_t kind)
{
	for (Share &share : shares_)
		if (share.account.feature == kind >> 8)
			return &share;
	return nullptr;
}

// An event may have reserved more room than it took: of that nothing was written. What cannot be an event is read and dropped, so that the row of its feature adds up; where even the feature cannot be told, the first one notes it.
void RingSource::on_event(const void *data, uint32_t bytes)
{
	const auto *event = static_cast<const ct_event *>(data);
	Share *share = bytes >= sizeof(*event) ? share_of(event->kind) : nullptr;

	if (!share) {
		shares_.front().account.notes[CT_EVENT_NOTE_INVALID]++;
		return;
	}
	ct_account &account = share->account;
	uint32_t length = event->length, units = share->units_of(event->kind);
	bool valid = length >= sizeof(*event) && length <= bytes && length <= kLargestEvent;
	account.read += units;
	account.notes[CT_EVENT_NOTE_INVALID] += !valid;
	if (!valid)
		out_->skip(event->kind, units);
	bool enqueued = valid && out_->write(event->kind, data, length, units);
	(enqueued ? account.enqueued : account.dropped) += units;
}

// What finds no room stays in the kernel's ring, whose programs count what they cannot reserve; past the deadline of the end it is dropped.
Consumed RingSource::consume(Writer &out, bool late)
{
	uint64_t now = now_ns(CLOCK_BOOTTIME);
	uint32_t left = kEventsPerTurn;

	out_ = &out;
	Consumed consumed = ring_->consume(
		[this, late, &left] { return (late || out_->has_room(kRoomBytes)) && left-- > 0; }, error_);
	if (consumed == Consumed::All)
		drained_ns_ = now;
	more_ = consumed == Consumed::NoRoom && (late || out.has_room(kRoomBytes));
	return consumed;
}

Consumed RingSource::run(Writer &out, uint64_t now)
{
	Consumed consumed = consume(out, false);

	if (consumed == Consumed::Failed)
		return consumed;
	if (now >= next_interval_) {
		account(out, false);
		next_interval_ = now + interval_ns_;
	}
	return more_ ? Consumed::All : consumed;
}

void RingSource::account(Writer &out, bool final)
{
	for (Share &share : shares_) {
		ct_account sum = share.account;
		sum.boot_ns = final ? now_ns(CLOCK_BOOTTIME) : drained_ns_;
		sum.final = final;
		share.counters.add_to(sum, final);
		out.write_quietly(CT_CORE_KIND_ACCOUNT, &sum, sizeof(sum));
	}
}

Consumed RingSource::finish(Writer &out, bool late)
{
	Consumed consumed = consume(out, late);

	if (consumed != Consumed::All)
		return consumed;
	if (!late && !out.has_room(kRoomBytes))
		return Consumed::NoRoom;
	account(out, true);
	return Consumed::All;
}

} // namespace conntrail

#include "arrivals.h"

#include <algorithm>

#include "kernel_ring.h"

namespace conntrail {

Arrivals::Arrivals(const ArrivalSettings &settings, std::vector<SeenBatches> &seen)
	: settings_(settings), seen_(seen), backlog_(settings.backlog_bytes)
{}

std::string Arrivals::open()
{
	std::string error;
	EventSink sink = [this](int cpu, const void *data, uint32_t bytes) { on_event(cpu, data, bytes); };

	if (settings_.perf)
		transport_ = open_perf_buffers(
			settings_.perf_fd, settings_.cpus, settings_.kernel_buffer, sink,
			[this](uint64_t events) { counts_.transport_lost += events; }, error);
	else if (settings_.reads_ring)
		transport_ = open_kernel_ring(settings_.ring_fd, sink, error);
	return error;
}

// A batch names its CPU itself, since the ring buffer does not; a perf buffer's CPU must agree.
void Arrivals::on_event(int cpu, const void *data, uint32_t bytes)
{
	// Perf samples are padded, so sizes are lower bounds. The kernel's memory is stable until the sample is released.
	size_t named = seen_.size();
	if (bytes >= sizeof(ct_batch))
		named = static_cast<const ct_batch *>(data)->cpu;
	else if (bytes >= sizeof(ct_single))
		named = static_cast<const ct_single *>(data)->cpu;
	if (named >= seen_.size() || (cpu >= 0 && static_cast<size_t>(cpu) != named)) {
		counts_.invalid++;
		return;
	}
	if (bytes >= sizeof(ct_batch))
		on_batch(static_cast<const ct_batch *>(data));
	else
		on_single(data);
}

void Arrivals::on_batch(const ct_batch *batch)
{
	uint32_t seen = std::min<uint32_t>(seen_[batch->cpu].take(batch->head_id), CT_BATCH_CAPACITY);

	counts_.read += CT_BATCH_CAPACITY;
	counts_.duplicate += seen;
	deliver(CT_CONNECTIONS_KIND_BATCH, batch, sizeof(*batch), CT_BATCH_CAPACITY - seen);
}

void Arrivals::on_single(const void *data)
{
	counts_.read++;
	deliver(CT_CONNECTIONS_KIND_SINGLE, data, sizeof(ct_single), 1);
}

// Into the shared ring, or into the backlog when that has no room or holds older events.
void Arrivals::deliver(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh)
{
	bool waits = !backlog_.empty() || !out_->has_room(kRoomBytes);

	if (waits && backlog_.has_room())
		backlog_.put(kind, payload, bytes, fresh);
	else
		out_->write(kind, payload, bytes, fresh);
}

void Arrivals::move_backlog(bool late)
{
	while (!backlog_.empty() && (late || out_->has_room(kRoomBytes))) {
		const Backlog::Event &event = backlog_.front();
		out_->write(event.kind, event.payload(), event.bytes, event.fresh);
		backlog_.pop();
	}
}

Consumed Arrivals::consume(Writer &out, bool late, std::string &error)
{
	out_ = &out;
	move_backlog(late);
	if (!transport_)
		return Consumed::All;
	Consumed consumed = transport_->consume(
		[this, late] {
			bool direct = backlog_.empty() && out_->has_room(kRoomBytes);
			return late || direct || backlog_.has_room();
		},
		error);
	move_backlog(late);
	return consumed == Consumed::All && !backlog_.empty() ? Consumed::NoRoom : consumed;
}

} // namespace conntrail

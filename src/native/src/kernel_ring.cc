#include "kernel_ring.h"

#include <cerrno>
#include <cstring>

namespace conntrail {

namespace {

// Returned by a callback, it is passed on by libbpf with this sample consumed and the rest left (ringbuf_process_ring).
constexpr int kNoRoom = -ENOBUFS;

} // namespace

KernelRing::KernelRing(int map_fd, EventSink sink) : sink_(std::move(sink))
{
	ring_ = ring_buffer__new(map_fd, on_sample, this, nullptr);
}

KernelRing::~KernelRing()
{
	ring_buffer__free(ring_);
}

Consumed KernelRing::consume(const RoomCheck &room, std::string &error)
{
	if (!room())
		return Consumed::NoRoom;
	room_ = &room;
	int result = ring_buffer__consume(ring_);
	if (result >= 0)
		return Consumed::All;
	if (result == kNoRoom)
		return Consumed::NoRoom;
	error = std::string("the BPF ring buffer could not be read: ") + strerror(-result);
	return Consumed::Failed;
}

int KernelRing::on_sample(void *context, void *data, size_t bytes)
{
	auto *self = static_cast<KernelRing *>(context);

	self->sink_(-1, data, static_cast<uint32_t>(bytes));
	return (*self->room_)() ? 0 : kNoRoom;
}

std::unique_ptr<KernelRing> open_kernel_ring(int map_fd, EventSink sink, std::string &error)
{
	auto ring = std::make_unique<KernelRing>(map_fd, std::move(sink));

	if (ring->valid())
		return ring;
	error = std::string("the BPF ring buffer could not be mapped: ") + strerror(errno);
	return nullptr;
}

} // namespace conntrail

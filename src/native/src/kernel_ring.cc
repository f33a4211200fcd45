#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>

#include "transport.h"

namespace conntrail {

namespace {

class KernelRing : public Transport {
public:
	KernelRing(int map_fd, EventSink sink) : sink_(std::move(sink))
	{
		ring_ = ring_buffer__new(map_fd, on_sample, this, nullptr);
	}
	~KernelRing() override { ring_buffer__free(ring_); }
	KernelRing(const KernelRing &) = delete;
	KernelRing &operator=(const KernelRing &) = delete;

	bool valid() const { return ring_ != nullptr; }

	// Consumes without being woken: producers suppress their wake-ups, so poll would find nothing (ring_buffer__poll waits for one).
	Consumed consume(const RoomCheck &room, std::string &error) override
	{
		if (!room())
			return Consumed::NoRoom;
		room_ = &room;
		int result = ring_buffer__consume(ring_);
		if (result >= 0)
			return Consumed::All;
		if (result == kStopped)
			return Consumed::NoRoom;
		error = std::string("the BPF ring buffer could not be read: ") + strerror(-result);
		return Consumed::Failed;
	}

	int epoll_fd() const override { return ring_buffer__epoll_fd(ring_); }

private:
	// libbpf passes it on, with this sample consumed and the rest left (ringbuf_process_ring).
	static constexpr int kStopped = -ENOBUFS;

	static int on_sample(void *context, void *data, size_t bytes)
	{
		auto *self = static_cast<KernelRing *>(context);
		self->sink_(-1, data, static_cast<uint32_t>(bytes));
		return (*self->room_)() ? 0 : kStopped;
	}

	EventSink sink_;
	const RoomCheck *room_ = nullptr;
	ring_buffer *ring_;
};

} // namespace

std::unique_ptr<Transport> open_kernel_ring(int map_fd, EventSink sink, std::string &error)
{
	auto ring = std::make_unique<KernelRing>(map_fd, std::move(sink));
	if (ring->valid())
		return ring;
	error = std::string("the BPF ring buffer could not be mapped: ") + strerror(errno);
	return nullptr;
}

} // namespace conntrail

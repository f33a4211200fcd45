// A BPF ring buffer, read by libbpf.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "transport.h"

namespace conntrail {

class KernelRing : public Transport {
public:
	KernelRing(int map_fd, EventSink sink);
	~KernelRing() override;
	KernelRing(const KernelRing &) = delete;
	KernelRing &operator=(const KernelRing &) = delete;

	bool valid() const { return ring_ != nullptr; }

	// Consumes without being woken: producers may suppress their wake-ups, so poll would find nothing (ring_buffer__poll waits for one).
	Consumed consume(const RoomCheck &room, std::string &error) override;
	int epoll_fd() const override { return ring_buffer__epoll_fd(ring_); }

	// Free-running positions in bytes: what programs have reserved, and what was consumed of it. All that they committed before the first is
	// asked for lies before it.
	unsigned long reserved() const { return ring__producer_pos(ring_buffer__ring(ring_, 0)); }
	unsigned long consumed() const { return ring__consumer_pos(ring_buffer__ring(ring_, 0)); }

private:
	static int on_sample(void *context, void *data, size_t bytes);

	EventSink sink_;
	const RoomCheck *room_ = nullptr;
	ring_buffer *ring_;
};

// nullptr: `error` says why.
std::unique_ptr<KernelRing> open_kernel_ring(int map_fd, EventSink sink, std::string &error);

} // namespace conntrail

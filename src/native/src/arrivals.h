// Closes on their way from the kernel's buffer to the shared ring: whole batches, and single ones that interrupted an append.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backlog.h"
#include "batches.h"
#include "source.h"
#include "transport.h"

namespace conntrail {

struct ArrivalSettings {
	bool perf;
	int ring_fd, perf_fd; // maps
	uint64_t kernel_buffer; // bytes per CPU (perf)
	std::vector<int> cpus; // those whose perf buffers are read
	bool reads_ring; // the ring buffer has one reader, whoever reads the CPUs' pages
	size_t backlog_bytes;
};

// In connections, unless said otherwise; totals since the start.
struct ArrivalCounts {
	uint64_t read;
	uint64_t duplicate; // of read: read in place earlier
	uint64_t invalid; // events
	uint64_t transport_lost; // events
};

class Arrivals {
public:
	// Left free by events from the kernel: a batch with the filler before it, and the small frames of an interval.
	static constexpr uint32_t kRoomBytes = 4 * CT_PAGE;

	// `seen`: by CPU, what was read of its batches in place.
	Arrivals(const ArrivalSettings &settings, std::vector<SeenBatches> &seen);

	// Empty, or why it could not be opened.
	std::string open();
	int epoll_fd() const { return transport_ ? transport_->epoll_fd() : -1; }
	// What finds no room waits in the backlog, which keeps the kernel's buffer free for what the burst still brings, and beyond its bound in
	// the kernel's buffer. Past the deadline of the end (`late`) it is dropped instead, counted.
	Consumed consume(Writer &out, bool late, std::string &error);
	const ArrivalCounts &counts() const { return counts_; }

private:
	void on_event(int cpu, const void *data, uint32_t bytes);
	void on_batch(const ct_batch *batch);
	void on_single(const void *data);
	void deliver(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh);
	void move_backlog(bool late);

	ArrivalSettings settings_;
	std::vector<SeenBatches> &seen_;
	Backlog backlog_;
	std::unique_ptr<Transport> transport_;
	ArrivalCounts counts_ = {};
	Writer *out_ = nullptr; // during consume
};

} // namespace conntrail

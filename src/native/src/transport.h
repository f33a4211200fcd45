// Where full batches arrive: the BPF ring buffer, or the perf buffers of this reader's CPUs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "source.h"

namespace conntrail {

// Called with each event; `cpu` is -1 where the transport does not tell (ring buffer).
using EventSink = std::function<void(int cpu, const void *data, uint32_t bytes)>;
using LostSink = std::function<void(uint64_t events)>;
// Whether the sink can take another event: what it cannot take stays in the kernel's buffer, which counts what it has to refuse.
using RoomCheck = std::function<bool()>;

class Transport {
public:
	virtual ~Transport() = default;
	// Hands over what is there, as long as there is room. Failed: the kernel object did; `error` says how.
	virtual Consumed consume(const RoomCheck &room, std::string &error) = 0;
	// Readable when the high-water mark was crossed.
	virtual int epoll_fd() const = 0;
};

std::unique_ptr<Transport> open_perf_buffers(int map_fd, const std::vector<int> &cpus, uint64_t bytes_per_cpu,
					     EventSink sink, LostSink lost, std::string &error);

} // namespace conntrail

// Where full batches arrive: the BPF ring buffer, or the perf buffers of this reader's CPUs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace conntrail {

// Called with each event; `cpu` is -1 where the transport does not tell (ring buffer).
using EventSink = std::function<void(int cpu, const void *data, uint32_t bytes)>;
using LostSink = std::function<void(uint64_t events)>;

class Transport {
public:
	virtual ~Transport() = default;
	// Hands over everything that is there. Returns false when the kernel object failed; `error` says how.
	virtual bool consume(std::string &error) = 0;
	// Readable when the high-water mark was crossed.
	virtual int epoll_fd() const = 0;
};

std::unique_ptr<Transport> open_kernel_ring(int map_fd, EventSink sink, std::string &error);
std::unique_ptr<Transport> open_perf_buffers(int map_fd, const std::vector<int> &cpus, uint64_t bytes_per_cpu,
					     EventSink sink, LostSink lost, std::string &error);

} // namespace conntrail

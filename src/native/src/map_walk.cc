#include "map_walk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <time.h>

#include <algorithm>

#include "clock.h"

namespace conntrail {

namespace {

constexpr size_t kGuard = 64;
constexpr uint8_t kPattern = 0xa5;
constexpr uint32_t kMostBatch = 1 << 16; // policy: entries that the kernel copies in one call

bool per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool guarded(const std::vector<uint8_t> &buffer)
{
	return std::all_of(buffer.end() - kGuard, buffer.end(), [](uint8_t byte) { return byte == kPattern; });
}

class BatchWalk : public MapWalk {
public:
	explicit BatchWalk(const MapShape &shape)
		: MapWalk(shape), cursor_(std::max<size_t>(shape.key_size, 8)), next_(cursor_.size())
	{}

protected:
	WalkResult step(int map, WalkBuffers &buffers) override
	{
		uint32_t count = buffers.batch(shape_);
		int error = bpf_map_lookup_batch(map, begun_ ? cursor_.data() : nullptr, next_.data(), buffers.keys(),
						 buffers.values(), &count, nullptr);
		if (!buffers.intact())
			return {WalkState::kFailed, 0, EFAULT};
		if (error && error != -ENOENT)
			return {WalkState::kFailed, 0, -error};
		entries_ += count;
		begun_ = true;
		cursor_.swap(next_);
		return {error ? WalkState::kDone : WalkState::kPaused, entries_};
	}

private:
	// A place in the table that the kernel goes on from, or a key: of keys alone the size is told.
	std::vector<uint8_t> cursor_, next_;
	bool begun_ = false;
};

} // namespace

WalkBuffers::WalkBuffers(size_t keys, size_t values, uint32_t cpus)
	: key_room_(keys), value_room_(values), cpus_(cpus), keys_(keys + kGuard, kPattern),
	  values_(values + kGuard, kPattern)
{}

size_t WalkBuffers::value_bytes(const MapShape &shape) const
{
	size_t rounded = (static_cast<size_t>(shape.value_size) + 7) & ~static_cast<size_t>(7);
	return per_cpu(shape.type) ? rounded * cpus_ : shape.value_size;
}

uint32_t WalkBuffers::batch(const MapShape &shape) const
{
	size_t most = std::min(key_room_ / std::max<size_t>(shape.key_size, 1),
			       value_room_ / std::max<size_t>(value_bytes(shape), 1));
	return static_cast<uint32_t>(std::min<size_t>(most, kMostBatch));
}

bool WalkBuffers::intact() const
{
	return guarded(keys_) && guarded(values_);
}

WalkResult MapWalk::go(int map, WalkBuffers &buffers, int64_t budget_ns)
{
	int64_t end = static_cast<int64_t>(now_ns(CLOCK_THREAD_CPUTIME_ID)) + budget_ns;
	WalkResult result;

	do
		result = step(map, buffers);
	while (result.state == WalkState::kPaused && static_cast<int64_t>(now_ns(CLOCK_THREAD_CPUTIME_ID)) < end);
	return result;
}

std::unique_ptr<MapWalk> walk_by_batch(const MapShape &shape, const WalkBuffers &buffers)
{
	return buffers.batch(shape) ? std::make_unique<BatchWalk>(shape) : nullptr;
}

} // namespace conntrail

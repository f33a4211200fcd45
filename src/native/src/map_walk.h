// Counting the entries of a map from user space, a slice at a time: by batches of entries, or from key to key.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace conntrail {

struct MapShape {
	uint32_t type, key_size, value_size, max_entries;
};

// Bounded memory for all walks, one after the other. Behind each buffer there are bytes that nobody may write.
class WalkBuffers {
public:
	WalkBuffers(size_t keys, size_t values, uint32_t cpus);

	// Entries that a batch may have; 0: not even one has room.
	uint32_t batch(const MapShape &shape) const;
	// Bytes of a value, as the system call copies it.
	size_t value_bytes(const MapShape &shape) const;
	uint8_t *keys() { return keys_.data(); }
	uint8_t *values() { return values_.data(); }
	// Whether the bytes behind the buffers are as they were.
	bool intact() const;

private:
	size_t key_room_, value_room_;
	uint32_t cpus_;
	std::vector<uint8_t> keys_, values_;
};

enum class WalkState : uint8_t { kPaused, kDone, kChanging, kFailed };

struct WalkResult {
	WalkState state;
	uint64_t entries = 0;
	int error = 0; // errno of kFailed
};

// Where a walk is; it holds no descriptor, so that it keeps no map.
class MapWalk {
public:
	explicit MapWalk(const MapShape &shape) : shape_(shape) {}
	virtual ~MapWalk() = default;
	// Goes on until the end, or until this thread has used so much CPU time in this call; at least one step.
	WalkResult go(int map, WalkBuffers &buffers, int64_t budget_ns);

protected:
	// kPaused: there is more.
	virtual WalkResult step(int map, WalkBuffers &buffers) = 0;

	const MapShape shape_;
	uint64_t entries_ = 0;
};

// Null where not one entry has room in the buffers. What the kernel does not do for the type of map fails with ENOTSUP or EINVAL at the first step.
std::unique_ptr<MapWalk> walk_by_batch(const MapShape &shape, const WalkBuffers &buffers);
std::unique_ptr<MapWalk> walk_by_keys(const MapShape &shape);

} // namespace conntrail

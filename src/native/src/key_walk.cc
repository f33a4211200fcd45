#include <bpf/bpf.h>
#include <errno.h>

#include <algorithm>
#include <array>

#include "map_walk.h"

namespace conntrail {

namespace {

constexpr uint32_t kKeysPerStep = 64;
constexpr uint32_t kRestarts = 3; // policy: beyond, the map changes faster than it can be walked
constexpr size_t kFirstKeys = 1024;

// Hashes of the first keys of a walk. To see one of them again is how a walk that the kernel has begun anew gives itself away: it does so when the key
// that it is asked to go on from is gone.
class FirstKeys {
public:
	// Another seed each time: keys that were taken for each other once are not again.
	void begin(uint64_t seed)
	{
		seed_ = seed;
		count_ = 0;
		places_.fill(0);
	}

	// Returns false when it is one of them already.
	bool add(const uint8_t *key, size_t size)
	{
		uint64_t hash = hash_of(key, size);
		size_t place = hash & (places_.size() - 1);
		for (; places_[place]; place = (place + 1) & (places_.size() - 1))
			if (places_[place] == hash)
				return false;
		if (count_ < kFirstKeys) {
			places_[place] = hash;
			count_++;
		}
		return true;
	}

private:
	// FNV-1a, mixed; never 0, which is an empty place.
	uint64_t hash_of(const uint8_t *key, size_t size) const
	{
		uint64_t hash = 0xcbf29ce484222325 ^ (seed_ * 0x9e3779b97f4a7c15);
		for (size_t i = 0; i < size; i++)
			hash = (hash ^ key[i]) * 0x100000001b3;
		hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
		return (hash ^ hash >> 32) | 1ULL << 63;
	}

	std::array<uint64_t, 4 * kFirstKeys> places_;
	size_t count_ = 0;
	uint64_t seed_ = 0;
};

// Maps whose places are all keys, whether there is something or not.
bool has_places(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_SOCKMAP:
		return true;
	default:
		return false;
	}
}

class KeyWalk : public MapWalk {
public:
	explicit KeyWalk(const MapShape &shape)
		: MapWalk(shape), key_(std::max<size_t>(shape.key_size, 8)), next_(key_.size()),
		  places_(has_places(shape.type))
	{
		first_.begin(0);
	}

protected:
	WalkResult step(int map, WalkBuffers &buffers) override
	{
		for (uint32_t i = 0; i < kKeysPerStep; i++) {
			int error = bpf_map_get_next_key(map, begun_ ? key_.data() : nullptr, next_.data());
			if (error == -ENOENT)
				return {WalkState::kDone, entries_};
			if (error)
				return {WalkState::kFailed, 0, -error};
			if (!first_.add(next_.data(), shape_.key_size) || ++keys_ > shape_.max_entries) {
				if (restarts_++ == kRestarts || keys_ > shape_.max_entries)
					return {WalkState::kChanging};
				begin_anew();
				continue;
			}
			begun_ = true;
			key_.swap(next_);
			if (!places_) {
				entries_++;
				continue;
			}
			error = buffers.batch(shape_) ? bpf_map_lookup_elem(map, key_.data(), buffers.values())
						      : -E2BIG;
			if (!buffers.intact())
				return {WalkState::kFailed, 0, EFAULT};
			if (!error)
				entries_++;
			else if (error != -ENOENT)
				return {WalkState::kFailed, 0, -error};
		}
		return {WalkState::kPaused, entries_};
	}

private:
	void begin_anew()
	{
		begun_ = false;
		keys_ = entries_ = 0;
		first_.begin(restarts_);
	}

	std::vector<uint8_t> key_, next_;
	FirstKeys first_;
	uint64_t keys_ = 0;
	uint32_t restarts_ = 0;
	bool begun_ = false;
	const bool places_;
};

} // namespace

std::unique_ptr<MapWalk> walk_by_keys(const MapShape &shape)
{
	return std::make_unique<KeyWalk>(shape);
}

} // namespace conntrail

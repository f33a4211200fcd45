#include "backlog.h"

#include <sys/mman.h>

#include <cstring>

namespace conntrail {

namespace {

constexpr size_t padded(size_t bytes)
{
	return (bytes + 7) & ~size_t{7};
}

} // namespace

Backlog::~Backlog()
{
	for (const Chunk &chunk : chunks_)
		munmap(chunk.memory, kChunkBytes);
}

bool Backlog::has_room()
{
	if (!chunks_.empty() && kChunkBytes - chunks_.back().end >= sizeof(Event) + kLargest)
		return true;
	if (chunks_.size() * kChunkBytes >= most_)
		return false;
	// Not malloc: what is unmapped goes back to the system at once.
	void *memory = mmap(nullptr, kChunkBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	chunks_.push_back({static_cast<uint8_t *>(memory), 0, 0});
	return true;
}

void Backlog::put(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh)
{
	Chunk &chunk = chunks_.back();
	Event event = {bytes, fresh, kind, {}};

	memcpy(chunk.memory + chunk.end, &event, sizeof(event));
	memcpy(chunk.memory + chunk.end + sizeof(event), payload, bytes);
	chunk.end += sizeof(event) + padded(bytes);
	events_++;
}

const Backlog::Event &Backlog::front() const
{
	const Chunk &chunk = chunks_.front();

	return *reinterpret_cast<const Event *>(chunk.memory + chunk.begin);
}

void Backlog::pop()
{
	Chunk &chunk = chunks_.front();

	chunk.begin += sizeof(Event) + padded(front().bytes);
	events_--;
	if (chunk.begin < chunk.end)
		return;
	munmap(chunk.memory, kChunkBytes);
	chunks_.pop_front();
}

} // namespace conntrail

#include "writer.h"

#include <cstring>
#include <utility>

namespace conntrail {

void Writer::commit(uint16_t kind, uint32_t length, uint32_t fresh)
{
	ring_.commit(kind, length, fresh);
	written_[kind >> 8].enqueued += fresh;
	told_ = told_ || kind >> 8 != CT_FEATURE_CORE;
}

void Writer::skip(uint16_t kind, uint32_t fresh)
{
	ring_.skip(fresh);
	written_[kind >> 8].dropped += fresh;
	dropped_frames_++;
}

bool Writer::write(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh)
{
	uint8_t *target = reserve(bytes);

	if (!target) {
		skip(kind, fresh);
		return false;
	}
	memcpy(target, payload, bytes);
	commit(kind, bytes, fresh);
	return true;
}

bool Writer::write_quietly(uint16_t kind, const void *payload, uint32_t bytes)
{
	uint8_t *target = reserve(bytes);

	if (!target) {
		skip(kind, 0);
		return false;
	}
	memcpy(target, payload, bytes);
	ring_.commit(kind, bytes, 0, true);
	return true;
}

void Writer::clock()
{
	ct_clock clock = {};

	clock.boot_ns = now_ns(CLOCK_BOOTTIME);
	clock.wall_offset_us = wall_.read();
	write(CT_CORE_KIND_CLOCK, &clock, sizeof(clock), 0);
}

bool Writer::take_told()
{
	return std::exchange(told_, false);
}

} // namespace conntrail

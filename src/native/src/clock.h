// The kernel's clocks, in nanoseconds.
#pragma once

#include <time.h>

#include <cstdint>

namespace conntrail {

inline uint64_t now_ns(clockid_t clock)
{
	timespec now;
	clock_gettime(clock, &now);
	return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

// CLOCK_REALTIME - CLOCK_BOOTTIME in µs. Two clocks cannot be read at once, so the value jitters by microseconds; it is kept until it moves by
// more than kWallStepUs (NTP step or slew), so that one connection's start is the same in all its records.
class WallOffset {
public:
	static constexpr int64_t kWallStepUs = 500;

	int64_t read()
	{
		int64_t boot = static_cast<int64_t>(now_ns(CLOCK_BOOTTIME));
		int64_t real = static_cast<int64_t>(now_ns(CLOCK_REALTIME));
		int64_t offset = (real - boot) / 1000;
		int64_t moved = offset - offset_;
		if (!known_ || moved > kWallStepUs || moved < -kWallStepUs)
			offset_ = offset;
		known_ = true;
		return offset_;
	}

private:
	int64_t offset_ = 0;
	bool known_ = false;
};

} // namespace conntrail

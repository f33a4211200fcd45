// What programs count that hand single events to a BPF ring: struct ct_event_counters of bpf/include/account.h, summed over the CPUs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "account.h"

namespace conntrail {

class EventCounters {
public:
	// A per-CPU array of one entry; -1: these programs count nothing.
	explicit EventCounters(int map_fd);

	// Empty, or why the map cannot be that.
	std::string open();
	// Adds what was counted up to now to `sum`. A CPU in the middle of an event is told as it was before, except at the very end.
	void add_to(ct_account &sum, bool final);

private:
	bool look();

	int map_fd_;
	std::vector<ct_event_counters> now_; // by CPU
	std::vector<ct_event_counters> told_;
};

} // namespace conntrail

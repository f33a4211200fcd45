#include "event_counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstring>

namespace conntrail {

namespace {

// A program is within an event for a microsecond or so.
constexpr int kConsistentTries = 16;

uint64_t lost(const ct_event_counters &counters)
{
	uint64_t sum = 0;
	for (uint64_t cause : counters.lost)
		sum += cause;
	return sum;
}

bool consistent(const ct_event_counters &counters)
{
	return counters.attempted == counters.emitted + lost(counters);
}

} // namespace

EventCounters::EventCounters(int map_fd) : map_fd_(map_fd)
{
	int cpus = libbpf_num_possible_cpus();

	if (map_fd_ >= 0 && cpus > 0) {
		now_.resize(static_cast<size_t>(cpus));
		told_.resize(now_.size());
	}
}

std::string EventCounters::open()
{
	bpf_map_info info = {};
	uint32_t bytes = sizeof(info);

	if (map_fd_ < 0)
		return "";
	// The look-up writes as much as the map has.
	if (bpf_obj_get_info_by_fd(map_fd_, &info, &bytes) || info.type != BPF_MAP_TYPE_PERCPU_ARRAY ||
	    info.value_size != sizeof(ct_event_counters))
		return "a map of event counters is none";
	return look() ? "" : std::string("the event counters could not be read: ") + strerror(errno);
}

bool EventCounters::look()
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(map_fd_, &zero, now_.data()) == 0;
}

void EventCounters::add_to(ct_account &sum, bool final)
{
	std::vector<bool> fresh(told_.size());
	size_t missing = fresh.size();

	for (int i = 0; missing > 0 && i < kConsistentTries && look(); i++)
		for (size_t cpu = 0; cpu < fresh.size(); cpu++) {
			if (fresh[cpu] || !(final || consistent(now_[cpu])))
				continue;
			told_[cpu] = now_[cpu];
			fresh[cpu] = true;
			missing--;
		}
	for (const ct_event_counters &cpu : told_) {
		sum.attempted += cpu.attempted;
		sum.emitted += cpu.emitted;
		for (size_t cause = 0; cause < CT_LOST; cause++)
			sum.lost[cause] += cpu.lost[cause];
		for (size_t note = 0; note < CT_EVENT_NOTES; note++)
			sum.notes[note] += cpu.notes[note];
	}
}

} // namespace conntrail

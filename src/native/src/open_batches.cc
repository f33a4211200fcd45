#include "open_batches.h"

#include <algorithm>

namespace conntrail {

namespace {

constexpr int kTornTries = 3;

} // namespace

OpenBatches::OpenBatches(int batches_fd, uint32_t cpus, uint32_t reader, uint32_t readers)
	: pages_(batches_fd, cpus), seen_(cpus), last_(cpus)
{
	for (uint32_t cpu = reader; cpu < cpus; cpu += readers)
		own_cpus_.push_back(cpu);
}

void OpenBatches::read(Writer &out)
{
	for (uint32_t cpu : own_cpus_) {
		SeenBatches &seen = seen_[cpu];
		uint8_t *target = out.reserve(sizeof(ct_batch));
		if (!target)
			return;
		int bytes = -1;
		for (int i = 0; bytes < 0 && i < kTornTries; i++) {
			bytes = read_open_batch(pages_.page(cpu), target, seen.last_id(), seen.last_len());
			counts_.torn += bytes < 0;
		}
		if (bytes <= 0)
			continue;
		const auto *copy = reinterpret_cast<const ct_batch *>(target);
		uint32_t before = seen.seen(copy->head_id);
		if (copy->len <= before || seen.arrived(copy->head_id))
			continue;
		counts_.read += copy->len;
		counts_.duplicate += before;
		seen.set(copy->head_id, copy->len);
		out.commit(CT_CONNECTIONS_KIND_PENDING, static_cast<uint32_t>(bytes), copy->len - before);
	}
}

bool OpenBatches::all_read() const
{
	for (uint32_t cpu : own_cpus_) {
		CpuCounters now = read_counters(pages_.page(cpu));
		if (seen_[cpu].seen(now.batch_id) < now.len)
			return false;
	}
	return true;
}

void OpenBatches::add_counters(ct_account &sum, bool final)
{
	for (uint32_t cpu : own_cpus_) {
		CpuCounters now = read_counters(pages_.page(cpu));
		// Mid-append after all tries (a stalled virtual CPU): the last consistent reading is told instead, except at the very end.
		if (now.consistent() || final)
			last_[cpu] = now;
		const CpuCounters &told = last_[cpu];
		uint32_t read_in_place = std::min(seen_[cpu].seen(told.batch_id), told.len);
		sum.attempted += told.attempted;
		sum.emitted += told.emitted + read_in_place;
		sum.pending += told.len - read_in_place;
		sum.lost[CT_CONNECTIONS_LOST_BUFFER_FULL] += told.lost_buffer_full;
		sum.lost[CT_CONNECTIONS_LOST_MAP_FULL] += told.lost_map_full;
		sum.lost[CT_CONNECTIONS_LOST_RECURSION] += told.lost_recursion;
		sum.lost[CT_CONNECTIONS_LOST_UNSEEN] += told.lost_unseen;
		sum.notes[CT_CONNECTIONS_NOTE_UNBATCHED] += told.unbatched;
		sum.notes[CT_CONNECTIONS_NOTE_CAUGHT] += told.caught;
		sum.notes[CT_CONNECTIONS_NOTE_UNTRACKED] += told.untracked;
		sum.notes[CT_CONNECTIONS_NOTE_EXPIRED_EARLY] += told.expired_early;
		sum.notes[CT_CONNECTIONS_NOTE_UNNAMED] += told.unnamed;
	}
}

} // namespace conntrail

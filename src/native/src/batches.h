// The open batches of the CPUs one reader owns, read in place, and what of each batch was read already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "connections/frames.h"

namespace conntrail {

// The mapped pages of all CPUs; unmapped by the destructor.
class BatchPages {
public:
	BatchPages(int fd, uint32_t cpus);
	~BatchPages();
	BatchPages(const BatchPages &) = delete;
	BatchPages &operator=(const BatchPages &) = delete;

	bool valid() const { return pages_ != nullptr; }
	uint32_t cpus() const { return cpus_; }
	const ct_batch *page(uint32_t cpu) const { return pages_ + cpu; }

private:
	const ct_batch *pages_;
	uint32_t cpus_;
};

// Copies records [0, len) of an open batch with its header into `target` (≥ one page). Returns the payload's length; 0 when the batch is
// empty or unchanged since (seen_id, seen_len); -1 when the two ids prove the copy torn.
int read_open_batch(const ct_batch *page, uint8_t *target, uint64_t seen_id, uint32_t seen_len);

// How many records of each batch id of one CPU were read in place. A pending read of id 8 may come before the delivery of id 7, so several ids
// are remembered (bound: kMost, oldest forgotten: its records would be counted as fresh again, and the pipeline's dedup drops them).
class SeenBatches {
public:
	static constexpr size_t kMost = 256;

	uint32_t seen(uint64_t id) const;
	void set(uint64_t id, uint32_t records);
	// A whole batch arrived: returns what was seen of it and forgets it.
	uint32_t take(uint64_t id);
	// Whether it arrived already. A program hands a batch over before it opens the next one, so for a moment the page shows it still.
	bool arrived(uint64_t id) const { return id <= arrived_; }
	uint64_t last_id() const { return last_id_; }
	uint32_t last_len() const { return last_len_; }

private:
	struct Entry {
		uint64_t id;
		uint32_t records;
	};
	std::vector<Entry> entries_;
	uint64_t arrived_ = 0; // the latest; those of one CPU come in order
	uint64_t last_id_ = 0;
	uint32_t last_len_ = 0;
};

// The sums of one CPU's counters, with what its open batch still holds.
struct CpuCounters {
	uint64_t attempted, emitted, unbatched, lost_buffer_full, lost_map_full, lost_recursion, lost_unseen, caught,
		untracked, expired_early, unnamed;
	uint64_t batch_id;
	uint32_t len;
	// attempted = emitted + len + lost: what every reading between two appends shows.
	bool consistent() const
	{
		return attempted == emitted + len + lost_buffer_full + lost_map_full + lost_recursion + lost_unseen;
	}
};

// One guarded reading; repeats a bounded number of times while a program is in the middle of an append.
CpuCounters read_counters(const ct_batch *page);

} // namespace conntrail

// The batches that programs still fill, of the CPUs one reader owns: read in place, and their counters summed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batches.h"
#include "writer.h"

namespace conntrail {

// In connections, but for torn: in readings.
struct PendingCounts {
	uint64_t read;
	uint64_t duplicate; // of read: read earlier
	uint64_t torn; // proved so by the ids; repeated at once
};

class OpenBatches {
public:
	// Reader i owns the CPUs c with c mod readers = i.
	OpenBatches(int batches_fd, uint32_t cpus, uint32_t reader, uint32_t readers);

	bool valid() const { return pages_.valid(); }
	const std::vector<uint32_t> &own_cpus() const { return own_cpus_; }
	// By CPU, of all CPUs.
	std::vector<SeenBatches> &seen() { return seen_; }

	// Appends what is new in each batch. What finds no room is no loss: it stays in its page and is read again.
	void read(Writer &out);
	// Whether nothing that the programs have appended is left unread.
	bool all_read() const;
	// Adds the CPUs' counters, as of now, to `sum`.
	void add_counters(ct_account &sum, bool final);
	const PendingCounts &counts() const { return counts_; }

private:
	BatchPages pages_;
	std::vector<uint32_t> own_cpus_;
	std::vector<SeenBatches> seen_;
	std::vector<CpuCounters> last_; // by CPU: the last consistent reading
	PendingCounts counts_ = {};
};

} // namespace conntrail

#include "batches.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace conntrail {

namespace {

constexpr int kConsistentTries = 10000;

template <typename T> T acquire(const T *where)
{
	return __atomic_load_n(where, __ATOMIC_ACQUIRE);
}

} // namespace

BatchPages::BatchPages(int fd, uint32_t cpus) : pages_(nullptr), cpus_(cpus)
{
	void *memory = mmap(nullptr, static_cast<size_t>(cpus) * CT_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		pages_ = static_cast<const ct_batch *>(memory);
}

BatchPages::~BatchPages()
{
	if (pages_)
		munmap(const_cast<ct_batch *>(pages_), static_cast<size_t>(cpus_) * CT_PAGE);
}

int read_open_batch(const ct_batch *page, uint8_t *target, uint64_t seen_id, uint32_t seen_len)
{
	// Head first, tail last: pairs with the roll-over in bpf/connections/batch.h, which writes tail, len = 0, head.
	uint64_t head = acquire(&page->head_id);
	// Acquire: the records below len are whole (ct_batch_commit writes them first).
	uint32_t len = acquire(&page->len);

	if (len == 0 || len > CT_BATCH_CAPACITY || (head == seen_id && len <= seen_len))
		return 0;
	size_t bytes = offsetof(ct_batch, records) + len * sizeof(ct_conn);
	memcpy(target, page, bytes);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (acquire(&page->tail_id) != head)
		return -1;
	ct_batch *copy = reinterpret_cast<ct_batch *>(target);
	copy->head_id = head;
	copy->len = len;
	return static_cast<int>(bytes);
}

uint32_t SeenBatches::seen(uint64_t id) const
{
	for (const Entry &entry : entries_)
		if (entry.id == id)
			return entry.records;
	return 0;
}

void SeenBatches::set(uint64_t id, uint32_t records)
{
	last_id_ = id;
	last_len_ = records;
	for (Entry &entry : entries_)
		if (entry.id == id) {
			entry.records = records;
			return;
		}
	if (entries_.size() == kMost)
		entries_.erase(entries_.begin());
	entries_.push_back({id, records});
}

uint32_t SeenBatches::take(uint64_t id)
{
	arrived_ = std::max(arrived_, id);
	for (size_t i = 0; i < entries_.size(); i++)
		if (entries_[i].id == id) {
			uint32_t records = entries_[i].records;
			entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
			return records;
		}
	return 0;
}

CpuCounters read_counters(const ct_batch *page)
{
	CpuCounters sum = {};

	for (int i = 0; i < kConsistentTries; i++) {
		const ct_counters &own = page->counters;
		const ct_counters &nested = page->nested;
		uint64_t head = acquire(&page->head_id);
		sum.len = acquire(&page->len);
		sum.attempted = acquire(&own.attempted) + acquire(&nested.attempted);
		sum.emitted = acquire(&own.emitted) + acquire(&nested.emitted);
		sum.unbatched = acquire(&own.unbatched) + acquire(&nested.unbatched);
		sum.lost_buffer_full = acquire(&own.lost_buffer_full) + acquire(&nested.lost_buffer_full);
		sum.lost_map_full = acquire(&own.lost_map_full) + acquire(&nested.lost_map_full);
		sum.lost_recursion = acquire(&own.lost_recursion) + acquire(&nested.lost_recursion);
		sum.lost_unseen = acquire(&own.lost_unseen) + acquire(&nested.lost_unseen);
		sum.caught = acquire(&own.caught) + acquire(&nested.caught);
		sum.untracked = acquire(&own.untracked) + acquire(&nested.untracked);
		sum.expired_early = acquire(&own.expired_early) + acquire(&nested.expired_early);
		sum.unnamed = acquire(&own.unnamed) + acquire(&nested.unnamed);
		sum.batch_id = head;
		if (acquire(&page->tail_id) == head && sum.consistent())
			break;
	}
	return sum;
}

} // namespace conntrail

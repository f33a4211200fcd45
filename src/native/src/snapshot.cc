#include "snapshot.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>

namespace conntrail {

namespace {

constexpr size_t kRowsPerRead = 96; // ≤ 16 KiB a frame

} // namespace

Snapshot::~Snapshot()
{
	if (iterator_ >= 0)
		close(iterator_);
}

void Snapshot::begin()
{
	rows_.resize(kRowsPerRead);
	next_source_ = 0;
	active_ = true;
	open_next_iterator();
}

bool Snapshot::open_next_iterator()
{
	if (iterator_ >= 0)
		close(iterator_);
	iterator_ = -1;
	while (iterator_ < 0 && next_source_ < sources_.size()) {
		const Source &source = sources_[next_source_++];
		// Programs count an entry before they make it.
		bool empty = source.entries && __atomic_load_n(source.entries, __ATOMIC_ACQUIRE) == 0;
		if (source.link >= 0 && !empty)
			iterator_ = bpf_iter_create(source.link);
	}
	return iterator_ >= 0;
}

// Whole rows: a read may end within one, since the kernel fills pages of its own, and then the rest is read at once.
uint32_t Snapshot::read_rows()
{
	auto *target = reinterpret_cast<uint8_t *>(rows_.data());
	ssize_t bytes = 0;
	size_t have = 0;

	do {
		bytes = read(iterator_, target + have, rows_.size() * sizeof(ct_conn) - have);
		if (bytes > 0)
			have += static_cast<size_t>(bytes);
	} while ((bytes < 0 && (errno == EINTR || errno == EAGAIN)) || (bytes > 0 && have % sizeof(ct_conn)));
	return static_cast<uint32_t>(have / sizeof(ct_conn));
}

const ct_conn *Snapshot::next(uint32_t &count)
{
	count = 0;
	while (iterator_ >= 0) {
		count = read_rows();
		if (count)
			return rows_.data();
		open_next_iterator();
	}
	active_ = false;
	return nullptr;
}

} // namespace conntrail

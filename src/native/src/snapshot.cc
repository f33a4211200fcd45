#include "snapshot.h"

#include <bpf/bpf.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace conntrail {

namespace {

constexpr uint32_t kRowsPerRead = 96; // ≤ 16 KiB a frame
constexpr uint32_t kFlowsPerRead = 96;

// Key and value of udp_flows: bpf/connections/maps.h (ct_udp_key, ct_udp_flow).
constexpr size_t kFlowKeyBytes = 32;
constexpr size_t kFlowValueBytes = sizeof(ct_conn) + 24;

uint64_t boot_ns()
{
	timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

} // namespace

Snapshot::~Snapshot()
{
	if (iterator_ >= 0)
		close(iterator_);
}

void Snapshot::begin()
{
	rows_.resize(kRowsPerRead);
	next_link_ = 0;
	cursor_set_ = false;
	active_ = true;
	open_next_iterator();
}

bool Snapshot::open_next_iterator()
{
	if (iterator_ >= 0)
		close(iterator_);
	iterator_ = -1;
	while (iterator_ < 0 && next_link_ < links_.size()) {
		int link = links_[next_link_++];
		if (link >= 0)
			iterator_ = bpf_iter_create(link);
	}
	return iterator_ >= 0;
}

const ct_conn *Snapshot::read_rows(uint32_t &count)
{
	// The kernel hands out whole rows: a read ends at the bytes it has, which are a multiple of the row only while the buffer is.
	ssize_t bytes = 0;
	size_t have = 0;
	auto *target = reinterpret_cast<uint8_t *>(rows_.data());

	do {
		bytes = read(iterator_, target + have, rows_.size() * sizeof(ct_conn) - have);
		if (bytes > 0)
			have += static_cast<size_t>(bytes);
	} while ((bytes < 0 && (errno == EINTR || errno == EAGAIN)) || (bytes > 0 && have % sizeof(ct_conn)));
	count = static_cast<uint32_t>(have / sizeof(ct_conn));
	return count ? rows_.data() : nullptr;
}

const ct_conn *Snapshot::read_flows(uint32_t &count)
{
	keys_.resize(kFlowsPerRead * kFlowKeyBytes);
	values_.resize(kFlowsPerRead * kFlowValueBytes);
	cursor_.resize(kFlowKeyBytes);
	count = kFlowsPerRead;
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	int result = bpf_map_lookup_batch(udp_flows_, cursor_set_ ? cursor_.data() : nullptr, cursor_.data(),
					  keys_.data(), values_.data(), &count, &options);
	// ENOENT with a count is the last piece; ENOSPC a bucket larger than the buffer (spec kernel A5).
	if (result == -ENOSPC)
		count = 0;
	if (result)
		active_ = false;
	cursor_set_ = true;
	uint64_t now = boot_ns();
	uint32_t rows = 0;
	for (uint32_t i = 0; i < count; i++) {
		ct_conn &row = rows_[rows];
		memcpy(&row, values_.data() + i * kFlowValueBytes, sizeof(row));
		if (!row.generation)
			continue; // being made at this moment
		row.end_ns = now;
		rows++;
	}
	count = rows;
	return rows_.data();
}

const ct_conn *Snapshot::next(uint32_t &count)
{
	count = 0;
	while (iterator_ >= 0) {
		const ct_conn *rows = read_rows(count);
		if (count)
			return rows;
		open_next_iterator();
	}
	if (udp_flows_ < 0)
		active_ = false;
	while (active_) {
		const ct_conn *rows = read_flows(count);
		if (count)
			return rows;
	}
	return nullptr;
}

} // namespace conntrail

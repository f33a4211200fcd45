#include "snapshot.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace conntrail {

namespace {

constexpr uint32_t kRowsPerRead = 96; // ≤ 16 KiB a frame
constexpr uint32_t kWalkRows = 4096; // CT_WALK_ROWS of walk.bpf.c
constexpr size_t kWalkBytes = kWalkRows * sizeof(ct_conn);

} // namespace

Snapshot::Snapshot(std::vector<Source> sources, int rows_map) : sources_(std::move(sources))
{
	void *memory = rows_map < 0 ? MAP_FAILED : mmap(nullptr, kWalkBytes, PROT_READ, MAP_SHARED, rows_map, 0);
	if (memory != MAP_FAILED)
		walked_ = static_cast<const ct_conn *>(memory);
}

Snapshot::~Snapshot()
{
	if (walked_)
		munmap(const_cast<ct_conn *>(walked_), kWalkBytes);
	if (iterator_ >= 0)
		close(iterator_);
}

void Snapshot::begin()
{
	rows_.resize(kRowsPerRead);
	next_source_ = 0;
	pass_++;
	active_ = true;
	open_next_source();
}

bool Snapshot::open_next_source()
{
	if (iterator_ >= 0)
		close(iterator_);
	iterator_ = walk_ = -1;
	while (iterator_ < 0 && walk_ < 0 && next_source_ < sources_.size()) {
		const Source &source = sources_[next_source_++];
		// Programs count an entry before they make it.
		bool empty = source.entries && __atomic_load_n(source.entries, __ATOMIC_ACQUIRE) == 0;
		if (source.link >= 0 && !empty)
			iterator_ = bpf_iter_create(source.link);
		else if (source.walk >= 0 && walked_ && !empty)
			walk_ = source.walk;
	}
	state_ = {};
	state_.pass = pass_;
	given_ = 0;
	return iterator_ >= 0 || walk_ >= 0;
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

// Runs the program until it has rows, or is through; gives them in pieces.
uint32_t Snapshot::walk_rows()
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &state_, .ctx_size_in = sizeof(state_));

	while (given_ >= state_.rows) {
		given_ = state_.rows = 0;
		if (state_.done || bpf_prog_test_run_opts(walk_, &options) || options.retval || state_.rows > kWalkRows)
			return 0;
	}
	uint32_t rows = std::min(kRowsPerRead, state_.rows - given_);
	given_ += rows;
	return rows;
}

const ct_conn *Snapshot::next(uint32_t &count)
{
	count = 0;
	while (walk_ >= 0 || iterator_ >= 0) {
		bool walks = walk_ >= 0;
		count = walks ? walk_rows() : read_rows();
		if (count)
			return walks ? walked_ + given_ - count : rows_.data();
		open_next_source();
	}
	active_ = false;
	return nullptr;
}

} // namespace conntrail

// Open conversations, read from the kernel in pieces through BPF iterators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "frames.h"

namespace conntrail {

// One pass over everything open, resumable: a slow consumer must not make it overflow the ring.
class Snapshot {
public:
	// Iterator links in the order in which they are read; -1: absent.
	explicit Snapshot(std::vector<int> links) : links_(std::move(links)) {}
	~Snapshot();
	Snapshot(const Snapshot &) = delete;
	Snapshot &operator=(const Snapshot &) = delete;

	void begin();
	bool active() const { return active_; }
	// The next rows, whole records; none when the snapshot is complete. Rows stay valid until the next call.
	const ct_conn *next(uint32_t &count);

private:
	bool open_next_iterator();
	uint32_t read_rows();

	std::vector<int> links_;
	int iterator_ = -1;
	size_t next_link_ = 0;
	bool active_ = false;
	std::vector<ct_conn> rows_;
};

} // namespace conntrail

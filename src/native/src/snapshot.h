// Open conversations, read from the kernel in pieces through BPF iterators, or by programs that are run for each piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "connections/frames.h"
#include "control_page.h"

namespace conntrail {

// Where the control page counts the entries of the maps that are walked, in the order in which the sources are given; nullptr: not counted.
constexpr __u64 ct_control::*kCounts[] = {nullptr, &ct_control::overflow_sockets, nullptr, &ct_control::chained_flows};

// struct ct_walk_state of bpf/connections/walk.bpf.c.
struct WalkState {
	uint32_t next, rows, pass, done;
};

// One pass over everything open, resumable: a slow consumer must not make it overflow the ring.
class Snapshot {
public:
	// An iterator's link, -1: absent; the program to run instead, -1: absent; and how many entries its map has, nullptr: not known. Empty
	// maps are not walked.
	struct Source {
		int link;
		int walk;
		const __u64 *entries;
	};

	// Sources in the order in which they are read; the map into which programs write their rows, -1: absent.
	Snapshot(std::vector<Source> sources, int rows_map);
	~Snapshot();
	Snapshot(const Snapshot &) = delete;
	Snapshot &operator=(const Snapshot &) = delete;

	void begin();
	bool active() const { return active_; }
	// The next rows, whole records; none when the snapshot is complete. Rows stay valid until the next call.
	const ct_conn *next(uint32_t &count);

private:
	bool open_next_source();
	uint32_t read_rows();
	uint32_t walk_rows();

	std::vector<Source> sources_;
	int iterator_ = -1;
	int walk_ = -1;
	WalkState state_ = {};
	uint32_t given_ = 0; // of the rows of the walk
	uint32_t pass_ = 0;
	const ct_conn *walked_ = nullptr; // walk_rows, mapped
	size_t next_source_ = 0;
	bool active_ = false;
	std::vector<ct_conn> rows_;
};

} // namespace conntrail

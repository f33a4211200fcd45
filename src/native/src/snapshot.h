// Open conversations, read from the kernel in pieces through BPF iterators, or by programs that are run for each piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "connections/frames.h"
#include "control_page.h"

namespace conntrail {

// A program that shows open conversations: the map it walks, and where the control page counts the entries of that map, if it does.
struct Iterator {
	const char *program;
	const char *map;
	__u64 ct_control::*entries;
	const char *instead; // of bpf/connections/walk.bpf.c, where a kernel refuses the first
};

// In the order in which they are read.
constexpr Iterator kIterators[] = {
	{"snapshot_tcp", "tcp_blocks", nullptr, "walk_tcp"},
	{"snapshot_tcp_overflow", "tcp_overflow", &ct_control::overflow_sockets, "walk_tcp_overflow"},
	{"snapshot_udp", "udp_sockets", nullptr, "snapshot_udp_files"},
	{"snapshot_udp_flows", "udp_flows", &ct_control::chained_flows, "walk_udp_flows"},
};

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

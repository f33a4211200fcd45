// Open conversations, read from the kernel in pieces: TCP and first UDP peers by iterators, further UDP peers by batch look-up.
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
	// Iterator links in the order in which they are read (-1: absent), and the map of further UDP peers.
	Snapshot(std::vector<int> links, int udp_flows) : links_(std::move(links)), udp_flows_(udp_flows) {}
	~Snapshot();
	Snapshot(const Snapshot &) = delete;
	Snapshot &operator=(const Snapshot &) = delete;

	void begin();
	bool active() const { return active_; }
	// The next rows, whole records; empty when the snapshot is complete. Rows stay valid until the next call.
	const ct_conn *next(uint32_t &count);

private:
	bool open_next_iterator();
	const ct_conn *read_rows(uint32_t &count);
	const ct_conn *read_flows(uint32_t &count);

	std::vector<int> links_;
	int udp_flows_;
	int iterator_ = -1;
	size_t next_link_ = 0;
	bool active_ = false;
	std::vector<ct_conn> rows_;
	std::vector<uint8_t> keys_, values_;
	std::vector<uint8_t> cursor_;
	bool cursor_set_ = false;
};

} // namespace conntrail

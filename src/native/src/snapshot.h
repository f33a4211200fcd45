// Open conversations, read from the kernel in pieces: TCP and first UDP peers by iterators, further UDP peers by batch look-up.
#pragma once

#include <cstdint>
#include <vector>

#include "frames.h"

namespace conntrail {

// One pass over everything open, resumable: a slow consumer must not make it overflow the ring.
class Snapshot {
public:
	Snapshot(int tcp_link, int udp_link, int udp_flows)
		: tcp_link_(tcp_link), udp_link_(udp_link), udp_flows_(udp_flows)
	{}
	~Snapshot();
	Snapshot(const Snapshot &) = delete;
	Snapshot &operator=(const Snapshot &) = delete;

	void begin();
	bool active() const { return stage_ != Stage::Idle; }
	// The next rows, whole records; empty when the snapshot is complete. Rows stay valid until the next call.
	const ct_conn *next(uint32_t &count);

private:
	enum class Stage { Idle, Tcp, Udp, Flows };

	bool open_iterator(int link);
	const ct_conn *read_rows(uint32_t &count);
	const ct_conn *read_flows(uint32_t &count);

	int tcp_link_, udp_link_, udp_flows_;
	int iterator_ = -1;
	Stage stage_ = Stage::Idle;
	std::vector<ct_conn> rows_;
	std::vector<uint8_t> keys_, values_;
	std::vector<uint8_t> cursor_;
	bool cursor_set_ = false;
};

} // namespace conntrail

// DNS out of packet sockets that have a classic filter: where the kernel takes no programs (docs/decisions/0023-classic-filter.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "account.h"
#include "source.h"

struct msghdr;

namespace conntrail {

// One of NativePacketSockets.
struct PacketSocket {
	int fd; // its owner's; the source has a duplicate
	uint32_t netns_inode;
};

struct PacketShare {
	uint16_t feature; // enum ct_feature
	uint16_t source, sources; // of this feature: which one, and of how many
};

class PacketSource : public Source {
public:
	PacketSource(std::vector<PacketSocket> sockets, std::vector<uint16_t> ports, const PacketShare &share,
		     uint32_t interval_ms);
	~PacketSource() override;
	PacketSource(const PacketSource &) = delete;
	PacketSource &operator=(const PacketSource &) = delete;

	std::string open() override;
	int epoll_fd() const override { return epoll_; }
	uint64_t due_ns(uint64_t now) const override { return more_ ? now : next_interval_; }
	Consumed run(Writer &out, uint64_t now) override;
	Consumed finish(Writer &out, bool late) override;
	void note() override { passed_ = false; }
	bool passed() const override { return passed_; }

private:
	struct Opened {
		int fd;
		uint32_t netns_inode;
		uint64_t netns_cookie; // 0: this kernel does not tell
	};

	std::string open_one(const PacketSocket &socket);
	Consumed consume(Writer &out, bool late);
	Consumed consume_one(Writer &out, const Opened &socket, bool late);
	void on_packet(Writer &out, const Opened &socket, msghdr &message, uint32_t bytes);
	bool is_port(uint16_t port) const;
	void count_drops();
	void account(Writer &out, bool final);

	std::vector<PacketSocket> given_;
	std::vector<Opened> sockets_;
	std::vector<uint16_t> ports_;
	std::vector<uint8_t> buffer_;
	ct_account account_ = {};
	int epoll_ = -1;
	bool more_ = false; // a turn ended before a socket was empty
	bool passed_ = true; // all sockets were empty at a time since note()
	int64_t wall_offset_ = 0; // CLOCK_REALTIME - CLOCK_BOOTTIME at the beginning of this turn, ns
	uint64_t turn_ns_ = 0; // boot clock: when this turn began
	uint64_t drained_ns_ = 0; // boot clock: all that came before has been moved on
	uint64_t interval_ns_;
	uint64_t next_interval_ = 0; // monotonic ns
};

} // namespace conntrail

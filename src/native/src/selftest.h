// Connections of the tracer's own, which prove that each hook group reports what really happens.
#pragma once

#include <cstdint>
#include <vector>

namespace conntrail {

struct SelfTestCookie {
	uint64_t cookie;
	uint32_t group; // enum ct_connections_group
};

// One TCP and one UDP conversation over loopback, in the network namespace of the calling thread.
class SelfTest {
public:
	~SelfTest() { close_all(); }

	// Opens, exchanges a few bytes and leaves the sockets open. Empty when loopback does not work here.
	std::vector<SelfTestCookie> open();
	void close_all();

private:
	int keep(int fd);
	bool open_tcp(std::vector<SelfTestCookie> &cookies);
	bool open_udp(std::vector<SelfTestCookie> &cookies);

	std::vector<int> fds_;
};

} // namespace conntrail

// Connections of the tracer's own, which prove that each hook group reports what really happens.
#pragma once

#include <cstdint>
#include <vector>

namespace conntrail {

struct SelfTestSocket {
	uint64_t cookie;
	const char *end; // SelfTestEnd of src/native/index.ts
};

// One TCP and one UDP conversation over loopback, in the network namespace of the calling thread.
class SelfTest {
public:
	~SelfTest() { close_all(); }

	// Opens, exchanges a few bytes and leaves the sockets open. Empty when loopback does not work here.
	std::vector<SelfTestSocket> open();
	void close_all();

private:
	int keep(int fd);
	bool open_tcp(std::vector<SelfTestSocket> &sockets);
	bool open_udp(std::vector<SelfTestSocket> &sockets);

	std::vector<int> fds_;
};

} // namespace conntrail

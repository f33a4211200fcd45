// Conversations of the tracer's own, which prove that each hook group reports what really happens.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <vector>

namespace conntrail {

// A socket, and what a right record of it says. Addresses and ports in host order.
struct SelfTestSocket {
	uint64_t cookie;
	const char *end; // SelfTestEnd of src/native/index.ts
	uint32_t sent_bytes, received_bytes;
	uint32_t local_address, remote_address;
	uint16_t local_port, remote_port;
};

// One TCP and one UDP conversation over loopback, and a datagram of DNS, in the network namespace of the calling thread.
class SelfTest {
public:
	~SelfTest() { close_all(); }

	// Opens, exchanges a few bytes and leaves the sockets open. Of a canary, the servers' address is another one. Without what loopback does
	// not let through here.
	std::vector<SelfTestSocket> open(bool canary, uint16_t dns_port);
	void close_all();

private:
	int keep(int fd);
	bool open_tcp(std::vector<SelfTestSocket> &sockets);
	bool open_udp(std::vector<SelfTestSocket> &sockets);
	bool open_dns(std::vector<SelfTestSocket> &sockets, uint16_t port);
	sockaddr_in bind_ends(int server, int client) const;
	bool ready(int fd, short events) const;

	std::vector<int> fds_;
	bool canary_ = false;
};

} // namespace conntrail

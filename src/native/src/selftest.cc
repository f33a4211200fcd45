#include "selftest.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace conntrail {

namespace {

constexpr char kHello[] = "conntrail";
constexpr int kPatienceMs = 500; // loopback answers in microseconds; a firewall there never does

// What other tracers on this host know the connections by (src/connections/self-test-address.ts): one end at this address, the other at one
// that has the port of the first in its last two bytes.
constexpr uint32_t kServer = 0x7f636f6e; // 127.99.111.110
constexpr uint32_t kClients = 0x7f740000; // 127.116.0.0/16

// `host` in host order, `port` in network order.
sockaddr_in loopback(uint32_t host, uint16_t port)
{
	sockaddr_in address = {};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(host);
	address.sin_port = port;
	return address;
}

const sockaddr *generic(const sockaddr_in &address)
{
	return reinterpret_cast<const sockaddr *>(&address);
}

// Binds the two ends to free ports of loopback, and returns where the server is; its port is 0 when it could not be bound.
sockaddr_in bind_ends(int server, int client)
{
	sockaddr_in address = loopback(kServer, 0);
	socklen_t length = sizeof(address);
	// Loopback may have been given 127.0.0.1 alone; then the others see the self-test as anybody's.
	bool marked = bind(server, generic(address), sizeof(address)) == 0;
	if (!marked)
		address = loopback(INADDR_LOOPBACK, 0);
	if ((!marked && bind(server, generic(address), sizeof(address))) ||
	    getsockname(server, reinterpret_cast<sockaddr *>(&address), &length))
		return loopback(INADDR_LOOPBACK, 0);
	sockaddr_in own = loopback(marked ? kClients | ntohs(address.sin_port) : INADDR_LOOPBACK, 0);
	if (bind(client, generic(own), sizeof(own)))
		address.sin_port = 0;
	return address;
}

uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
	return cookie;
}

bool ready(int fd, short events)
{
	pollfd poll_fd = {fd, events, 0};
	return poll(&poll_fd, 1, kPatienceMs) == 1;
}

} // namespace

int SelfTest::keep(int fd)
{
	if (fd >= 0)
		fds_.push_back(fd);
	return fd;
}

bool SelfTest::open_tcp(std::vector<SelfTestSocket> &sockets)
{
	char buffer[sizeof(kHello)];
	int listener = keep(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	int client = keep(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	sockaddr_in server = bind_ends(listener, client);

	if (!server.sin_port || listen(listener, 1))
		return false;
	connect(client, generic(server), sizeof(server));
	if (!ready(client, POLLOUT) || !ready(listener, POLLIN))
		return false;
	int accepted = keep(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
	if (accepted < 0 || send(client, kHello, sizeof(kHello), MSG_NOSIGNAL) < 0 || !ready(accepted, POLLIN) ||
	    recv(accepted, buffer, sizeof(buffer), 0) < 0)
		return false;
	sockets.push_back({cookie_of(client), "tcp_client"});
	sockets.push_back({cookie_of(accepted), "tcp_server"});
	return true;
}

bool SelfTest::open_udp(std::vector<SelfTestSocket> &sockets)
{
	char buffer[sizeof(kHello)];
	int server = keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	int client = keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	sockaddr_in to = bind_ends(server, client);
	sockaddr_in from = {};
	socklen_t length = sizeof(from);

	if (!to.sin_port || sendto(client, kHello, sizeof(kHello), 0, generic(to), sizeof(to)) < 0 ||
	    !ready(server, POLLIN) ||
	    recvfrom(server, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr *>(&from), &length) < 0 ||
	    sendto(server, kHello, sizeof(kHello), 0, generic(from), sizeof(from)) < 0 || !ready(client, POLLIN) ||
	    recvfrom(client, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr *>(&from), &length) < 0)
		return false;
	sockets.push_back({cookie_of(client), "udp"});
	sockets.push_back({cookie_of(server), "udp"});
	return true;
}

std::vector<SelfTestSocket> SelfTest::open()
{
	std::vector<SelfTestSocket> sockets;

	open_tcp(sockets);
	open_udp(sockets);
	return sockets;
}

void SelfTest::close_all()
{
	for (int fd : fds_)
		close(fd);
	fds_.clear();
}

} // namespace conntrail

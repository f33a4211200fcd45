#include "selftest.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace conntrail {

namespace {

// Of different lengths, so that a record that takes one way for the other is wrong.
constexpr char kHello[] = "conntrail";
constexpr char kAnswer[] = "canary";
// A header of DNS alone (RFC 1035 §4.1.1), of an answer: whoever serves that port and did not ask takes no notice of it.
constexpr uint8_t kDnsAnswer[12] = {0x63, 0x74, 0x80};
constexpr int kPatienceMs = 500; // loopback answers in microseconds; a firewall there never does
constexpr int kCanaryPatienceMs = 50; // the thread that waits has other work

// What other tracers on this host know the conversations by (src/connections/self-test-address.ts): one end at the first or the second
// address, the other at one that has the port of the first end in its last two bytes.
constexpr uint32_t kServer = 0x7f636f6e; // 127.99.111.110
constexpr uint32_t kCanaryServer = 0x7f63616e; // 127.99.97.110
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

// Where a socket is bound; port 0 when that is not known.
sockaddr_in name_of(int fd)
{
	sockaddr_in address = {};
	socklen_t length = sizeof(address);
	if (getsockname(fd, reinterpret_cast<sockaddr *>(&address), &length))
		return loopback(INADDR_LOOPBACK, 0);
	return address;
}

SelfTestSocket socket_of(int fd, const char *end, const sockaddr_in &remote, size_t sent, size_t received)
{
	SelfTestSocket socket = {};
	socklen_t length = sizeof(socket.cookie);
	sockaddr_in local = name_of(fd);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &socket.cookie, &length);
	socket.end = end;
	socket.sent_bytes = static_cast<uint32_t>(sent);
	socket.received_bytes = static_cast<uint32_t>(received);
	socket.local_address = ntohl(local.sin_addr.s_addr);
	socket.local_port = ntohs(local.sin_port);
	socket.remote_address = ntohl(remote.sin_addr.s_addr);
	socket.remote_port = ntohs(remote.sin_port);
	return socket;
}

} // namespace

int SelfTest::keep(int fd)
{
	if (fd >= 0)
		fds_.push_back(fd);
	return fd;
}

bool SelfTest::ready(int fd, short events) const
{
	pollfd poll_fd = {fd, events, 0};
	return poll(&poll_fd, 1, canary_ ? kCanaryPatienceMs : kPatienceMs) == 1;
}

// Binds the two ends to free ports of loopback, and returns where the server is; its port is 0 when it could not be bound.
sockaddr_in SelfTest::bind_ends(int server, int client) const
{
	sockaddr_in address = loopback(canary_ ? kCanaryServer : kServer, 0);
	// Loopback may have been given 127.0.0.1 alone; then the others see the conversations as anybody's.
	bool marked = bind(server, generic(address), sizeof(address)) == 0;
	if (!marked)
		address = loopback(INADDR_LOOPBACK, 0);
	if (!marked && bind(server, generic(address), sizeof(address)))
		return address;
	address = name_of(server);
	sockaddr_in own = loopback(marked ? kClients | ntohs(address.sin_port) : INADDR_LOOPBACK, 0);
	if (bind(client, generic(own), sizeof(own)))
		address.sin_port = 0;
	return address;
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
	    recv(accepted, buffer, sizeof(buffer), 0) != sizeof(kHello) ||
	    send(accepted, kAnswer, sizeof(kAnswer), MSG_NOSIGNAL) < 0 || !ready(client, POLLIN) ||
	    recv(client, buffer, sizeof(buffer), 0) != sizeof(kAnswer))
		return false;
	sockets.push_back(socket_of(client, "tcp_client", server, sizeof(kHello), sizeof(kAnswer)));
	sockets.push_back(socket_of(accepted, "tcp_server", name_of(client), sizeof(kAnswer), sizeof(kHello)));
	return true;
}

bool SelfTest::open_udp(std::vector<SelfTestSocket> &sockets)
{
	char buffer[sizeof(kHello)];
	int server = keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	int client = keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	sockaddr_in to = bind_ends(server, client);
	sockaddr_in from = {}, answered = {};
	socklen_t length = sizeof(from);

	if (!to.sin_port || sendto(client, kHello, sizeof(kHello), 0, generic(to), sizeof(to)) < 0 ||
	    !ready(server, POLLIN) ||
	    recvfrom(server, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr *>(&from), &length) !=
		    sizeof(kHello) ||
	    sendto(server, kAnswer, sizeof(kAnswer), 0, generic(from), sizeof(from)) < 0 || !ready(client, POLLIN) ||
	    recvfrom(client, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr *>(&answered), &length) !=
		    sizeof(kAnswer))
		return false;
	sockets.push_back(socket_of(client, "udp", to, sizeof(kHello), sizeof(kAnswer)));
	sockets.push_back(socket_of(server, "udp", from, sizeof(kAnswer), sizeof(kHello)));
	return true;
}

// Another server may have the port on all addresses: then the datagram is its, and there is no socket of ours that it comes to.
bool SelfTest::open_dns(std::vector<SelfTestSocket> &sockets, uint16_t port)
{
	int server = keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	int client = keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	sockaddr_in to = loopback(canary_ ? kCanaryServer : kServer, htons(port));
	sockaddr_in from = loopback(kClients | port, 0);

	bool marked = bind(client, generic(from), sizeof(from)) == 0;
	if (!marked)
		to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bool bound = bind(server, generic(to), sizeof(to)) == 0;
	if (sendto(client, kDnsAnswer, sizeof(kDnsAnswer), 0, generic(to), sizeof(to)) < 0)
		return false;
	if (bound && !ready(server, POLLIN))
		return false;
	sockets.push_back(socket_of(client, "dns", to, sizeof(kDnsAnswer), 0));
	if (bound)
		sockets.push_back(socket_of(server, "dns", name_of(client), 0, sizeof(kDnsAnswer)));
	return true;
}

std::vector<SelfTestSocket> SelfTest::open(bool canary, uint16_t dns_port)
{
	std::vector<SelfTestSocket> sockets;

	close_all();
	canary_ = canary;
	open_tcp(sockets);
	open_udp(sockets);
	if (dns_port)
		open_dns(sockets, dns_port);
	return sockets;
}

void SelfTest::close_all()
{
	for (int fd : fds_)
		close(fd);
	fds_.clear();
}

} // namespace conntrail

#include "packet_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "arguments.h"

namespace conntrail {

namespace {

bool is_current(const struct stat &space)
{
	struct stat own = {};
	return !stat("/proc/thread-self/ns/net", &own) && own.st_dev == space.st_dev && own.st_ino == space.st_ino;
}

// Bytes that a socket may hold until it is read, twice that with what the kernel adds. Beyond net.core.rmem_max that takes CAP_NET_ADMIN.
constexpr int kReadBuffer = 4 << 20;

bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

bool attach(int fd, const std::vector<sock_filter> &instructions)
{
	sock_fprog program = {};

	program.len = static_cast<unsigned short>(instructions.size());
	program.filter = const_cast<sock_filter *>(instructions.data());
	return !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

bool bind_to(int fd, uint16_t protocol)
{
	sockaddr_ll all = {};

	all.sll_family = AF_PACKET;
	all.sll_protocol = htons(protocol);
	return !::bind(fd, reinterpret_cast<const sockaddr *>(&all), sizeof(all));
}

// It keeps nothing: the kernel has a least size of its own.
bool prepare(int fd, int program)
{
	return set(fd, SOL_SOCKET, SO_RCVBUF, 0) &&
	       !setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program));
}

// What is told beside a packet: its tag and where its IP header is, of how many it is made, when it was seen.
bool prepare_to_read(int fd, const std::vector<sock_filter> &classic)
{
	return (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReadBuffer) || set(fd, SOL_SOCKET, SO_RCVBUF, kReadBuffer)) &&
	       set(fd, SOL_PACKET, PACKET_AUXDATA, 1) && set(fd, SOL_PACKET, PACKET_VNET_HDR, 1) &&
	       set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) && attach(fd, classic);
}

// In the calling thread's namespace. It sees nothing until it has its filter.
int open_filtered(const PacketFilter &filter)
{
	bool reads = !filter.classic.empty();
	// No protocol yet: it would take all there is. Of SOCK_DGRAM packets begin at their network headers; but it does not tell segments.
	int fd = socket(AF_PACKET, (reads ? SOCK_RAW | SOCK_NONBLOCK : SOCK_DGRAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if ((reads ? prepare_to_read(fd, filter.classic) : prepare(fd, filter.program)) && bind_to(fd, ETH_P_ALL))
		return fd;
	int error = errno;
	::close(fd);
	return -error;
}

// Nothing new comes to it, to no duplicate either: bound to another protocol, the kernel waits until nobody is in it (packet_do_bind: synchronize_net).
void end_reading(int fd)
{
	attach(fd, {{BPF_RET | BPF_K, 0, 0, 0}});
	bind_to(fd, ETH_P_LOOP);
}

// What is not a namespace of this kind the kernel refuses (EINVAL).
int enter_and_open(int space, bool current, const PacketFilter &filter)
{
	if (!current && setns(space, CLONE_NEWNET))
		return -errno;
	return open_filtered(filter);
}

} // namespace

Napi::Function PacketSockets::define(Napi::Env env)
{
	return DefineClass(env, "PacketSockets",
			   {InstanceMethod("open", &PacketSockets::open),
			    InstanceMethod("sockets", &PacketSockets::sockets),
			    InstanceMethod("close", &PacketSockets::close)});
}

PacketSockets::PacketSockets(const Napi::CallbackInfo &info) : Napi::ObjectWrap<PacketSockets>(info)
{
	filter_.program = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;
	if (!info[0].IsTypedArray())
		return;
	auto bytes = info[0].As<Napi::Uint8Array>();
	filter_.classic.resize(std::min<size_t>(bytes.ByteLength() / sizeof(sock_filter), BPF_MAXINSNS));
	memcpy(filter_.classic.data(), bytes.Data(), filter_.classic.size() * sizeof(sock_filter));
}

PacketSockets::~PacketSockets()
{
	close_all();
}

// 0, or -errno. A namespace that has one already, by another name perhaps, is left as it is.
int PacketSockets::open_in(const std::string &path)
{
	struct stat which = {};
	int space = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); // a pipe is not waited for

	if (space < 0)
		return -errno;
	int result = fstat(space, &which) ? -errno : 0;
	bool known = std::any_of(sockets_.begin(), sockets_.end(), [&](const Opened &each) {
		return each.device == which.st_dev && each.inode == which.st_ino;
	});
	if (!result && !known) {
		// A thread of its own goes there, and ends there: the caller's stays where it is, whatever fails.
		bool current = is_current(which);
		std::thread([&] { result = enter_and_open(space, current, filter_); }).join();
		if (result >= 0)
			sockets_.push_back({which.st_dev, which.st_ino, result});
	}
	::close(space);
	return std::min(result, 0);
}

Napi::Value PacketSockets::open(const Napi::CallbackInfo &info)
{
	std::string path = info[0].IsString() ? std::string(info[0].As<Napi::String>()) : std::string();
	return Napi::Number::New(info.Env(), -open_in(path));
}

Napi::Value PacketSockets::sockets(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);

	for (const Opened &each : sockets_) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("fd", each.fd);
		entry.Set("netnsInode", static_cast<double>(each.inode));
		list.Set(list.Length(), entry);
	}
	return list;
}

void PacketSockets::close(const Napi::CallbackInfo &)
{
	close_all();
}

// The kernel waits until nobody is in the filter (packet_release: synchronize_net).
void PacketSockets::close_all()
{
	for (const Opened &each : sockets_) {
		if (!filter_.classic.empty())
			end_reading(each.fd);
		::close(each.fd);
	}
	sockets_.clear();
}

} // namespace conntrail

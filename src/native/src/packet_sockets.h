// NativePacketSockets of src/native/index.ts: packet sockets in network namespaces, whose filter is a BPF program that takes nothing, or a classic
// one, behind which somebody reads.
#pragma once

#include <linux/filter.h>
#include <napi.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace conntrail {

struct PacketFilter {
	int program = -1; // descriptor of a socket filter, unless there is a classic one
	std::vector<sock_filter> classic;
};

class PacketSockets : public Napi::ObjectWrap<PacketSockets> {
public:
	static Napi::Function define(Napi::Env env);
	explicit PacketSockets(const Napi::CallbackInfo &info);
	~PacketSockets() override;

private:
	Napi::Value open(const Napi::CallbackInfo &info);
	Napi::Value sockets(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	struct Opened {
		dev_t device; // of the namespace's file, with the inode: which namespace it is
		ino_t inode;
		int fd;
	};

	int open_in(const std::string &path);
	void close_all();

	PacketFilter filter_;
	std::vector<Opened> sockets_;
};

} // namespace conntrail

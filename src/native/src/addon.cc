// Entry point. No state outside of the objects: the addon may be loaded by any number of environments (main thread and workers).
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <napi.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "bpf_objects.h"
#include "clock.h"
#include "connection_switch.h"
#include "grace.h"
#include "iterate.h"
#include "map_reader.h"
#include "misses.h"
#include "namespaces.h"
#include "packet_sockets.h"
#include "probe.h"
#include "reader.h"
#include "ring_progress.h"
#include "tracer.h"

namespace conntrail {

namespace {

Napi::Value may_read(const Napi::CallbackInfo &info)
{
	return Napi::Boolean::New(info.Env(), may_read_memory());
}

Napi::Value probe(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);

	for (const ProbeResult &result :
	     probe_kernel(info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1)) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("name", result.name);
		entry.Set("errno", result.error);
		entry.Set("cause", result.cause);
		entry.Set("log", result.log);
		list.Set(list.Length(), entry);
	}
	return list;
}

Napi::Value cpus(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), libbpf_num_possible_cpus());
}

Napi::Value visit_all_namespaces(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), visit_namespaces());
}

// Of all of them together.
Napi::Value misses(const Napi::CallbackInfo &info)
{
	std::vector<int> programs;
	if (info[0].IsArray()) {
		Napi::Array given = info[0].As<Napi::Array>();
		for (uint32_t i = 0; i < given.Length(); i++)
			programs.push_back(given.Get(i).ToNumber().Int32Value());
	}
	return Napi::Number::New(info.Env(), static_cast<double>(recursion_misses(programs)));
}

Napi::Value iterate_once(const Napi::CallbackInfo &info)
{
	int error = iterate(info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1);
	return Napi::Number::New(info.Env(), error);
}

void wait_for_running(const Napi::CallbackInfo &)
{
	wait_for_programs();
}

Napi::Value boot_ns(const Napi::CallbackInfo &info)
{
	return Napi::BigInt::New(info.Env(), now_ns(CLOCK_BOOTTIME));
}

Napi::Value event_fd(const Napi::CallbackInfo &info)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		throw_error(info.Env(), std::string("no eventfd could be opened: ") + strerror(errno), errno);
	return Napi::Number::New(info.Env(), fd);
}

// Until the last descriptor of that open file is closed, at the latest with its process.
Napi::Value lock_file(const Napi::CallbackInfo &info)
{
	int fd = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;
	return Napi::Number::New(info.Env(), flock(fd, LOCK_EX | LOCK_NB) ? errno : 0);
}

void quit(const Napi::CallbackInfo &info)
{
	_exit(info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 1);
}

// As the kernel tells them; none when it does not.
Napi::Value capabilities(const Napi::CallbackInfo &info)
{
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	__user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
	if (syscall(SYS_capget, &header, data))
		return Napi::BigInt::New(info.Env(), uint64_t{0});
	return Napi::BigInt::New(info.Env(), data[0].effective | static_cast<uint64_t>(data[1].effective) << 32);
}

Napi::Object initialise(Napi::Env env, Napi::Object exports)
{
	exports.Set("Tracer", Tracer::define(env));
	exports.Set("ConnectionSwitch", ConnectionSwitch::define(env));
	exports.Set("Reader", Reader::define(env));
	exports.Set("RingProgress", RingProgress::define(env));
	exports.Set("MapReader", MapReader::define(env));
	exports.Set("PacketSockets", PacketSockets::define(env));
	exports.Set("recursionMisses", Napi::Function::New(env, misses, "recursionMisses"));
	exports.Set("iterate", Napi::Function::New(env, iterate_once, "iterate"));
	exports.Set("waitForPrograms", Napi::Function::New(env, wait_for_running, "waitForPrograms"));
	exports.Set("visitNamespaces", Napi::Function::New(env, visit_all_namespaces, "visitNamespaces"));
	exports.Set("probe", Napi::Function::New(env, probe, "probe"));
	exports.Set("mayReadMemory", Napi::Function::New(env, may_read, "mayReadMemory"));
	exports.Set("capabilities", Napi::Function::New(env, capabilities, "capabilities"));
	exports.Set("cpus", Napi::Function::New(env, cpus, "cpus"));
	exports.Set("bootNs", Napi::Function::New(env, boot_ns, "bootNs"));
	exports.Set("eventfd", Napi::Function::New(env, event_fd, "eventfd"));
	exports.Set("lockFile", Napi::Function::New(env, lock_file, "lockFile"));
	exports.Set("quit", Napi::Function::New(env, quit, "quit"));
	exports.Set("bpf", bpf_objects(env));
	exports.Set("libbpf", std::to_string(libbpf_major_version()) + "." + std::to_string(libbpf_minor_version()));
	return exports;
}

} // namespace

} // namespace conntrail

using conntrail::initialise;
NODE_API_MODULE(conntrail, initialise)

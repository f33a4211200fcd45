// Entry point. No state outside of the objects: the addon may be loaded by any number of environments (main thread and workers).
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <napi.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "clock.h"
#include "connection_switch.h"
#include "namespaces.h"
#include "probe.h"
#include "reader.h"
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
	exports.Set("visitNamespaces", Napi::Function::New(env, visit_all_namespaces, "visitNamespaces"));
	exports.Set("probe", Napi::Function::New(env, probe, "probe"));
	exports.Set("mayReadMemory", Napi::Function::New(env, may_read, "mayReadMemory"));
	exports.Set("capabilities", Napi::Function::New(env, capabilities, "capabilities"));
	exports.Set("cpus", Napi::Function::New(env, cpus, "cpus"));
	exports.Set("bootNs", Napi::Function::New(env, boot_ns, "bootNs"));
	exports.Set("eventfd", Napi::Function::New(env, event_fd, "eventfd"));
	exports.Set("quit", Napi::Function::New(env, quit, "quit"));
	exports.Set("libbpf", std::to_string(libbpf_major_version()) + "." + std::to_string(libbpf_minor_version()));
	return exports;
}

} // namespace

} // namespace conntrail

using conntrail::initialise;
NODE_API_MODULE(conntrail, initialise)

#include "connection_switch.h"

#include <errno.h>
#include <sys/mman.h>

#include <cstring>
#include <string>

#include "arguments.h"
#include "grace.h"
#include "misses.h"
#include "connections/frames.h"

namespace conntrail {

namespace {

constexpr uint64_t kNsPerMs = 1000000;

// Batch ids start at 1, and each page names its CPU, since the ring buffer does not tell where an event came from.
bool number_pages(int fd, uint32_t cpus)
{
	size_t bytes = static_cast<size_t>(cpus) * CT_PAGE;
	void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return false;
	auto *pages = static_cast<ct_batch *>(memory);
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		pages[cpu].cpu = cpu;
		pages[cpu].tail_id = 1;
		pages[cpu].head_id = 1;
	}
	munmap(memory, bytes);
	return true;
}

} // namespace

Napi::Function ConnectionSwitch::define(Napi::Env env)
{
	return DefineClass(
		env, "ConnectionSwitch",
		{InstanceMethod("on", &ConnectionSwitch::on), InstanceMethod("off", &ConnectionSwitch::off)});
}

ConnectionSwitch::ConnectionSwitch(const Napi::CallbackInfo &info) : Napi::ObjectWrap<ConnectionSwitch>(info)
{
	Napi::Env env = info.Env();
	Napi::Object options = info[0].IsObject() ? info[0].As<Napi::Object>() : Napi::Object::New(env);

	programs_ = numbers_of(options, "programs");
	io_programs_ = numbers_of(options, "ioPrograms");
	udp_timeout_ns_ = static_cast<uint64_t>(number_of(options, "udpTimeoutMs", 0)) * kNsPerMs;
	udp_stream_timeout_ns_ = static_cast<uint64_t>(number_of(options, "udpStreamTimeoutMs", 0)) * kNsPerMs;
	control_ = std::make_unique<Control>(static_cast<int>(number_of(options, "control")));
	if (!control_->valid() || !number_pages(static_cast<int>(number_of(options, "batches")),
						static_cast<uint32_t>(number_of(options, "cpus", 0)))) {
		int error = errno;
		control_.reset();
		throw_error(env, std::string("the shared maps could not be mapped: ") + strerror(error), error);
	}
}

void ConnectionSwitch::on(const Napi::CallbackInfo &)
{
	if (!control_)
		return;
	(*control_)->misses = recursion_misses(programs_);
	(*control_)->io_misses = recursion_misses(io_programs_);
	(*control_)->udp_timeout_ns = udp_timeout_ns_;
	(*control_)->udp_stream_timeout_ns = udp_stream_timeout_ns_;
	(*control_)->udp_pass = 1;
	control_->enable(true);
}

void ConnectionSwitch::off(const Napi::CallbackInfo &)
{
	if (!control_)
		return;
	control_->enable(false);
	wait_for_programs();
	// As long as a page of it is mapped, a map stays in the kernel.
	control_.reset();
}

} // namespace conntrail

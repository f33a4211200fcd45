#include "tracer.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "arguments.h"
#include "grace.h"
#include "misses.h"
#include "snapshot.h"

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

std::map<std::string, ObjectBytes> objects_of(const Napi::Object &given)
{
	std::map<std::string, ObjectBytes> objects;
	Napi::Array names = given.GetPropertyNames();
	for (uint32_t i = 0; i < names.Length(); i++) {
		std::string name = names.Get(i).ToString();
		Napi::Value value = given.Get(name);
		ObjectBytes &object = objects[name];
		if (value.IsTypedArray()) {
			auto bytes = value.As<Napi::Uint8Array>();
			object.bytes.assign(reinterpret_cast<const char *>(bytes.Data()), bytes.ByteLength());
		} else {
			object.refusal = value.ToString();
		}
	}
	return objects;
}

Napi::Value exceeded(Napi::Env env, Exceeded what)
{
	if (what == Exceeded::kNothing)
		return env.Null();
	return Napi::String::New(env, what == Exceeded::kTime ? "time" : "memory");
}

} // namespace

Napi::Function Tracer::define(Napi::Env env)
{
	return DefineClass(env, "Tracer",
			   {
				   InstanceAccessor("programs", &Tracer::programs, nullptr),
				   InstanceAccessor("handles", &Tracer::handles, nullptr),
				   InstanceAccessor("cpus", &Tracer::cpus, nullptr),
				   InstanceMethod("enable", &Tracer::enable),
				   InstanceMethod("disable", &Tracer::disable),
				   InstanceMethod("openSelfTest", &Tracer::open_self_test),
				   InstanceMethod("closeSelfTest", &Tracer::close_self_test),
				   InstanceMethod("wakeReaders", &Tracer::wake_readers),
				   InstanceMethod("close", &Tracer::close),
			   });
}

Tracer::Tracer(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Tracer>(info)
{
	Napi::Env env = info.Env();
	int possible = libbpf_num_possible_cpus();

	if (!info[0].IsObject() || possible <= 0) {
		throw_error(env, "Tracer takes an options object", EINVAL);
		return;
	}
	Napi::Object options = info[0].As<Napi::Object>();
	LoadSettings settings;
	settings.objects = objects_of(options.Get("objects").ToObject());
	settings.cgroup = string_of(options, "cgroup");
	settings.without_cgroup = string_of(options, "withoutCgroup");
	settings.perf = string_of(options, "transport") == "perf";
	settings.kernel_buffer = static_cast<uint64_t>(number_of(options, "kernelBuffer"));
	settings.udp_flows = static_cast<uint32_t>(number_of(options, "udpFlows"));
	settings.io_twins = options.Get("ioTwins").ToBoolean();
	Napi::Array extras = options.Get("extras").As<Napi::Array>();
	for (uint32_t i = 0; i < extras.Length(); i++)
		settings.extras.insert(extras.Get(i).ToString());
	udp_timeout_ms_ = static_cast<uint64_t>(number_of(options, "udpTimeoutMs"));
	udp_stream_timeout_ms_ = static_cast<uint64_t>(number_of(options, "udpStreamTimeoutMs"));
	udp_flows_ = settings.udp_flows;
	settings.cpus = cpus_ = static_cast<uint32_t>(possible);

	LoadLimits limits;
	limits.seconds = static_cast<double>(number_of(options, "loadMs")) / 1000;
	limits.memory = static_cast<uint64_t>(number_of(options, "loadMemory"));

	objects_ = std::make_unique<Objects>(settings, limits);
	if (!objects_->load())
		return; // the outcomes say why; the handles are -1
	stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	control_ = std::make_unique<Control>(objects_->map_fd("control"));
	if (stop_fd_ < 0 || !control_->valid() || !number_pages(objects_->map_fd("batches"), cpus_)) {
		int error = errno;
		release();
		throw_error(env, std::string("the shared maps could not be mapped: ") + strerror(error), error);
	}
}

Tracer::~Tracer()
{
	release();
}

void Tracer::release()
{
	self_test_.close_all();
	control_.reset();
	objects_.reset();
	if (stop_fd_ >= 0)
		::close(stop_fd_);
	stop_fd_ = -1;
}

Napi::Value Tracer::programs(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);

	if (!objects_)
		return list;
	for (const ProgramOutcome &outcome : objects_->outcomes()) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("object", outcome.object);
		entry.Set("program", outcome.program);
		entry.Set("section", outcome.section);
		entry.Set("group", outcome.group);
		entry.Set("loaded", outcome.loaded);
		entry.Set("attached", outcome.attached);
		entry.Set("optional", outcome.optional);
		entry.Set("errno", outcome.error);
		entry.Set("reason", outcome.reason);
		entry.Set("instructions",
			  outcome.instructions ? Napi::Number::New(env, outcome.instructions) : env.Null());
		entry.Set("exceeded", exceeded(env, outcome.exceeded));
		list.Set(list.Length(), entry);
	}
	return list;
}

Napi::Value Tracer::handles(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Object handles = Napi::Object::New(env);
	Napi::Array programs = Napi::Array::New(env);
	bool live = objects_ != nullptr;

	handles.Set("batches", live ? objects_->map_fd("batches") : -1);
	handles.Set("control", live ? objects_->map_fd("control") : -1);
	handles.Set("ring", live ? objects_->map_fd("events_ring") : -1);
	handles.Set("perf", live ? objects_->map_fd("events_perf") : -1);
	Napi::Array iterators = Napi::Array::New(env);
	Napi::Array walks = Napi::Array::New(env);
	for (const Iterator &iterator : kIterators) {
		int link = live ? objects_->link_fd(iterator.program) : -1;
		bool instead = live && link < 0;
		// What stands in is an iterator as well, or a program to be run.
		iterators.Set(iterators.Length(), instead ? objects_->link_fd(iterator.instead) : link);
		walks.Set(walks.Length(), instead ? objects_->walk_fd(iterator.instead) : -1);
	}
	handles.Set("iterators", iterators);
	handles.Set("walks", walks);
	handles.Set("walkRows", live ? objects_->map_fd("walk_rows") : -1);
	handles.Set("expiry", live ? objects_->walk_fd("udp_expire") : -1);
	handles.Set("expiryPage", live ? objects_->map_fd("udp_expiry") : -1);
	handles.Set("udpFlows", udp_flows_);
	handles.Set("stop", stop_fd_);
	if (live)
		for (int fd : objects_->program_fds())
			programs.Set(programs.Length(), fd);
	handles.Set("programs", programs);
	Napi::Array io_programs = Napi::Array::New(env);
	if (live)
		for (int fd : objects_->io_program_fds())
			io_programs.Set(io_programs.Length(), fd);
	handles.Set("ioPrograms", io_programs);
	return handles;
}

Napi::Value Tracer::cpus(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), cpus_);
}

void Tracer::enable(const Napi::CallbackInfo &info)
{
	if (!control_) {
		throw_error(info.Env(), "the tracer is closed or has no maps", EBADF);
		return;
	}
	(*control_)->misses = recursion_misses(objects_->program_fds());
	(*control_)->io_misses = recursion_misses(objects_->io_program_fds());
	(*control_)->udp_timeout_ns = udp_timeout_ms_ * kNsPerMs;
	(*control_)->udp_stream_timeout_ns = udp_stream_timeout_ms_ * kNsPerMs;
	(*control_)->udp_pass = 1;
	control_->enable(true);
	objects_->seed();
}

void Tracer::disable(const Napi::CallbackInfo &)
{
	if (!control_)
		return;
	control_->enable(false);
	wait_for_programs();
	objects_->detach();
}

Napi::Value Tracer::open_self_test(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);

	for (const SelfTestCookie &cookie : self_test_.open()) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("cookie", Napi::BigInt::New(env, cookie.cookie));
		entry.Set("group", cookie.group);
		list.Set(list.Length(), entry);
	}
	return list;
}

void Tracer::close_self_test(const Napi::CallbackInfo &)
{
	self_test_.close_all();
}

void Tracer::wake_readers(const Napi::CallbackInfo &)
{
	if (stop_fd_ >= 0)
		eventfd_write(stop_fd_, 1);
}

void Tracer::close(const Napi::CallbackInfo &)
{
	release();
}

} // namespace conntrail

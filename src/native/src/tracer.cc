#include "tracer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "arguments.h"
#include "grace.h"
#include "iterate.h"

namespace conntrail {

namespace {

// Calls `take` with the name and the value of each property.
template <typename Take> void for_each(const Napi::Object &object, const char *name, Take take)
{
	Napi::Value value = object.Get(name);
	if (!value.IsObject())
		return;
	Napi::Object entries = value.As<Napi::Object>();
	Napi::Array names = entries.GetPropertyNames();
	for (uint32_t i = 0; i < names.Length(); i++) {
		std::string key = names.Get(i).ToString();
		take(key, entries.Get(key));
	}
}

ObjectRequest request_of(const Napi::Object &given)
{
	ObjectRequest request;
	Napi::Value bytes = given.Get("bytes");

	request.object = string_of(given, "object");
	request.scope = string_of(given, "scope");
	request.cgroup_fd = static_cast<int>(number_of(given, "cgroup"));
	if (bytes.IsTypedArray()) {
		auto file = bytes.As<Napi::Uint8Array>();
		request.bytes.assign(reinterpret_cast<const char *>(file.Data()), file.ByteLength());
	}
	for_each(given, "shared",
		 [&](const std::string &map, const Napi::Value &scope) { request.shared[map] = scope.ToString(); });
	for_each(given, "maps", [&](const std::string &map, const Napi::Value &entries) {
		request.maps[map] = entries.ToNumber().Uint32Value();
	});
	for_each(given, "knobs", [&](const std::string &knob, const Napi::Value &value) {
		request.knobs[knob] = static_cast<uint64_t>(value.ToNumber().Int64Value());
	});
	for_each(given, "iterators", [&](const std::string &program, const Napi::Value &map) {
		request.iterators[program] = map.ToString();
	});
	for_each(given, "called",
		 [&](const std::string &program, const Napi::Value &map) { request.called[program] = map.ToString(); });
	for_each(given, "skip",
		 [&](const std::string &, const Napi::Value &program) { request.skip.insert(program.ToString()); });
	return request;
}

Napi::Value exceeded(Napi::Env env, Exceeded what)
{
	if (what == Exceeded::kNothing)
		return env.Null();
	return Napi::String::New(env, what == Exceeded::kTime ? "time" : "memory");
}

Napi::Object result_of(Napi::Env env, const std::string &object, const ProgramOutcome &outcome)
{
	Napi::Object entry = Napi::Object::New(env);
	entry.Set("object", object);
	entry.Set("program", outcome.program);
	entry.Set("section", outcome.section);
	entry.Set("loaded", outcome.loaded);
	entry.Set("attached", outcome.attached);
	entry.Set("errno", outcome.error);
	entry.Set("reason", outcome.reason);
	entry.Set("instructions", outcome.instructions ? Napi::Number::New(env, outcome.instructions) : env.Null());
	entry.Set("rejected", Napi::Boolean::New(env, outcome.rejected));
	entry.Set("exceeded", exceeded(env, outcome.exceeded));
	return entry;
}

} // namespace

Napi::Function Tracer::define(Napi::Env env)
{
	return DefineClass(env, "Tracer",
			   {
				   InstanceAccessor("cpus", &Tracer::cpus, nullptr),
				   InstanceAccessor("stop", &Tracer::stop, nullptr),
				   InstanceMethod("load", &Tracer::load),
				   InstanceMethod("unload", &Tracer::unload),
				   InstanceMethod("map", &Tracer::map),
				   InstanceMethod("link", &Tracer::link),
				   InstanceMethod("program", &Tracer::program),
				   InstanceMethod("descriptors", &Tracer::descriptors),
				   InstanceMethod("runIterator", &Tracer::run_iterator),
				   InstanceMethod("relink", &Tracer::relink),
				   InstanceMethod("detach", &Tracer::detach),
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
	LoadLimits limits;
	limits.seconds = static_cast<double>(number_of(options, "loadMs")) / 1000;
	limits.memory = static_cast<uint64_t>(number_of(options, "loadMemory"));
	cpus_ = static_cast<uint32_t>(possible);
	objects_ = std::make_unique<Objects>(limits);
	stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd_ < 0)
		throw_error(env, std::string("there is no eventfd: ") + strerror(errno), errno);
}

Tracer::~Tracer()
{
	release();
}

void Tracer::release()
{
	self_test_.close_all();
	objects_.reset();
	if (stop_fd_ >= 0)
		::close(stop_fd_);
	stop_fd_ = -1;
}

Napi::Value Tracer::load(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);

	if (!objects_ || !info[0].IsObject()) {
		throw_error(env, "the tracer is closed, or is not told what to load", EINVAL);
		return list;
	}
	ObjectRequest request = request_of(info[0].As<Napi::Object>());
	for (const ProgramOutcome &outcome : objects_->load(request))
		list.Set(list.Length(), result_of(env, request.object, outcome));
	return list;
}

void Tracer::unload(const Napi::CallbackInfo &info)
{
	if (!objects_)
		return;
	if (info[1].IsString())
		objects_->release(info[0].ToString(), info[1].ToString());
	else
		objects_->release(info[0].ToString());
}

Napi::Value Tracer::found(const Napi::CallbackInfo &info,
			  int (Objects::*find)(const std::string &, const std::string &) const)
{
	int fd = objects_ ? (objects_.get()->*find)(info[0].ToString(), info[1].ToString()) : -1;
	return Napi::Number::New(info.Env(), fd);
}

Napi::Value Tracer::map(const Napi::CallbackInfo &info)
{
	return found(info, &Objects::map_fd);
}

Napi::Value Tracer::link(const Napi::CallbackInfo &info)
{
	return found(info, &Objects::link_fd);
}

Napi::Value Tracer::program(const Napi::CallbackInfo &info)
{
	return found(info, &Objects::program_fd);
}

Napi::Value Tracer::descriptors(const Napi::CallbackInfo &info)
{
	Napi::Array list = Napi::Array::New(info.Env());

	for (int fd : objects_ ? objects_->descriptors() : std::vector<int>())
		list.Set(list.Length(), fd);
	return list;
}

void Tracer::run_iterator(const Napi::CallbackInfo &info)
{
	if (objects_)
		iterate(objects_->link_fd(info[0].ToString(), info[1].ToString()));
}

Napi::Value Tracer::relink(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);
	std::vector<RelinkRequest> requests;

	if (!objects_ || !info[1].IsArray())
		return list;
	Napi::Array given = info[1].As<Napi::Array>();
	for (uint32_t i = 0; i < given.Length(); i++) {
		Napi::Object each = given.Get(i).ToObject();
		requests.push_back({string_of(each, "program"), string_of(each, "section"), string_of(each, "map"),
				    each.Get("wanted").ToBoolean()});
	}
	for (const Relinked &relinked :
	     objects_->relink(info[0].ToString(), requests, info[2].ToNumber().Int32Value())) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("program", relinked.program);
		entry.Set("errno", relinked.error);
		entry.Set("reason", relinked.error ? strerror(relinked.error) : "");
		list.Set(list.Length(), entry);
	}
	return list;
}

void Tracer::detach(const Napi::CallbackInfo &)
{
	if (!objects_)
		return;
	objects_->detach();
	wait_for_programs();
}

Napi::Value Tracer::cpus(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), cpus_);
}

Napi::Value Tracer::stop(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), stop_fd_);
}

Napi::Value Tracer::open_self_test(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Array list = Napi::Array::New(env);

	uint32_t dns_port = info[1].IsNumber() ? info[1].As<Napi::Number>().Uint32Value() : 0;
	for (const SelfTestSocket &socket : self_test_.open(info[0].ToBoolean(), static_cast<uint16_t>(dns_port))) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("cookie", Napi::BigInt::New(env, socket.cookie));
		entry.Set("end", socket.end);
		entry.Set("sentBytes", socket.sent_bytes);
		entry.Set("receivedBytes", socket.received_bytes);
		entry.Set("localAddress", socket.local_address);
		entry.Set("localPort", socket.local_port);
		entry.Set("remoteAddress", socket.remote_address);
		entry.Set("remotePort", socket.remote_port);
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

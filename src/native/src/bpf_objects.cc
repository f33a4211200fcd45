#include "bpf_objects.h"

#include <errno.h>
#include <unistd.h>

#include "bpf_info.h"
#include "bpf_listing.h"
#include "clock.h"
#include "entry_counter.h"
#include "iterator_rows.h"
#include "type_names.h"

namespace conntrail {

namespace {

int fd_of(const Napi::CallbackInfo &info, size_t argument)
{
	return info[argument].IsNumber() ? info[argument].As<Napi::Number>().Int32Value() : -1;
}

uint32_t id_of(const Napi::CallbackInfo &info, size_t argument)
{
	return info[argument].IsNumber() ? info[argument].As<Napi::Number>().Uint32Value() : 0;
}

Napi::Value ids(const Napi::CallbackInfo &info)
{
	std::vector<uint32_t> found;
	int error = list_ids(bpf_kind_of(info[0].ToString()), found);

	if (error)
		return Napi::Number::New(info.Env(), error);
	Napi::Uint32Array list = Napi::Uint32Array::New(info.Env(), found.size());
	for (size_t i = 0; i < found.size(); i++)
		list[i] = found[i];
	return list;
}

Napi::Value open(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), open_by_id(bpf_kind_of(info[0].ToString()), id_of(info, 1)));
}

Napi::Value pinned(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), open_pinned(info[0].ToString()));
}

Napi::Value statistics(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), open_statistics());
}

Napi::Value map(const Napi::CallbackInfo &info)
{
	return map_info(info.Env(), fd_of(info, 0));
}

Napi::Value program(const Napi::CallbackInfo &info)
{
	return program_info(info.Env(), fd_of(info, 0));
}

Napi::Value link(const Napi::CallbackInfo &info)
{
	return link_info(info.Env(), fd_of(info, 0));
}

Napi::Value event(const Napi::CallbackInfo &info)
{
	return event_info(info.Env(), id_of(info, 0), id_of(info, 1));
}

Napi::Value name_of_type(const Napi::CallbackInfo &info)
{
	return Napi::String::New(info.Env(), type_name(id_of(info, 0), id_of(info, 1)));
}

Napi::Value close_descriptor(const Napi::CallbackInfo &info)
{
	::close(fd_of(info, 0));
	return info.Env().Undefined();
}

Napi::Value maps_of(const Napi::CallbackInfo &info)
{
	Napi::Array list = Napi::Array::New(info.Env());
	for (uint32_t id : maps_of_program(fd_of(info, 0)))
		list.Set(list.Length(), id);
	return list;
}

Napi::Value rows(const Napi::CallbackInfo &info)
{
	if (!info[1].IsTypedArray())
		return Napi::Number::New(info.Env(), -EINVAL);
	auto into = info[1].As<Napi::Uint8Array>();
	ssize_t size = read_rows(fd_of(info, 0), into.Data(), into.ByteLength());
	return Napi::Number::New(info.Env(), static_cast<double>(size));
}

Napi::Value rows_of(const Napi::CallbackInfo &info)
{
	if (!info[2].IsTypedArray())
		return Napi::Number::New(info.Env(), -EINVAL);
	auto into = info[2].As<Napi::Uint8Array>();
	ssize_t size = read_rows_of(fd_of(info, 0), id_of(info, 1), into.Data(), into.ByteLength());
	return Napi::Number::New(info.Env(), static_cast<double>(size));
}

Napi::Value cpu_ns(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), static_cast<double>(now_ns(CLOCK_THREAD_CPUTIME_ID)));
}

} // namespace

Napi::Object bpf_objects(Napi::Env env)
{
	Napi::Object bpf = Napi::Object::New(env);
	auto add = [&](const char *name, Napi::Value (*function)(const Napi::CallbackInfo &)) {
		bpf.Set(name, Napi::Function::New(env, function, name));
	};
	add("ids", ids);
	add("open", open);
	add("openPinned", pinned);
	add("openStatistics", statistics);
	add("close", close_descriptor);
	add("mapsOf", maps_of);
	add("mapInfo", map);
	add("programInfo", program);
	add("linkInfo", link);
	add("eventInfo", event);
	add("typeName", name_of_type);
	add("rows", rows);
	add("rowsOf", rows_of);
	add("threadCpuNs", cpu_ns);
	bpf.Set("pageSize", getpagesize());
	bpf.Set("EntryCounter", EntryCounter::define(env));
	return bpf;
}

} // namespace conntrail

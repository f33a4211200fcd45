#include "map_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "arguments.h"

namespace conntrail {

namespace {

// A bucket that a program holds on this CPU is refused with EBUSY; programs take microseconds.
constexpr int kBusyTries = 100;

bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

} // namespace

Napi::Function MapReader::define(Napi::Env env)
{
	return DefineClass(env, "MapReader",
			   {
				   InstanceAccessor("keyBytes", &MapReader::key_bytes, nullptr),
				   InstanceAccessor("valueBytes", &MapReader::value_bytes, nullptr),
				   InstanceAccessor("entries", &MapReader::entries, nullptr),
				   InstanceMethod("next", &MapReader::next),
				   InstanceMethod("lookUp", &MapReader::look_up),
				   InstanceMethod("update", &MapReader::update),
				   InstanceMethod("remove", &MapReader::remove),
			   });
}

MapReader::MapReader(const Napi::CallbackInfo &info) : Napi::ObjectWrap<MapReader>(info)
{
	bpf_map_info map = {};
	uint32_t bytes = sizeof(map);
	int cpus = libbpf_num_possible_cpus();

	fd_ = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;
	if (cpus <= 0 || bpf_obj_get_info_by_fd(fd_, &map, &bytes)) {
		throw_error(info.Env(), std::string("this is no map: ") + strerror(errno), errno);
		return;
	}
	key_bytes_ = map.key_size;
	entries_ = map.max_entries;
	value_bytes_ = map.value_size;
	// As the kernel copies them (round_up in kernel/bpf/syscall.c).
	if (is_per_cpu(map.type))
		value_bytes_ = (map.value_size + 7UL) / 8 * 8 * static_cast<size_t>(cpus);
}

Napi::Value MapReader::key_bytes(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), key_bytes_);
}

Napi::Value MapReader::value_bytes(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), static_cast<double>(value_bytes_));
}

Napi::Value MapReader::entries(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), entries_);
}

uint8_t *MapReader::bytes_of(Napi::Env env, const Napi::Value &value, size_t least) const
{
	if (least == 0 || !value.IsTypedArray() || value.As<Napi::TypedArray>().ByteLength() < least) {
		throw_error(env, "a map is read into bytes that hold an entry", EINVAL);
		return nullptr;
	}
	auto array = value.As<Napi::TypedArray>();
	return static_cast<uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
}

Napi::Value MapReader::next(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	uint8_t *keys = bytes_of(env, info[0], key_bytes_);
	uint8_t *values = keys ? bytes_of(env, info[1], value_bytes_) : nullptr;
	bool take = info[2].ToBoolean();
	uint32_t out = 0, count = 0;
	int error = -EBUSY;

	if (!values)
		return env.Undefined();
	auto most = static_cast<uint32_t>(std::min(info[0].As<Napi::TypedArray>().ByteLength() / key_bytes_,
						   info[1].As<Napi::TypedArray>().ByteLength() / value_bytes_));
	for (int i = 0; i < kBusyTries && error == -EBUSY; i++) {
		uint32_t *from = begun_ ? &position_ : nullptr;
		count = most;
		error = take ? bpf_map_lookup_and_delete_batch(fd_, from, &out, keys, values, &count, nullptr)
			     : bpf_map_lookup_batch(fd_, from, &out, keys, values, &count, nullptr);
	}
	// The end of the map, with or without entries before it.
	begun_ = error == 0;
	position_ = out;
	if (error && error != -ENOENT) {
		throw_error(env, std::string("a map could not be read: ") + strerror(-error), -error);
		return env.Undefined();
	}
	Napi::Object step = Napi::Object::New(env);
	step.Set("count", count);
	step.Set("done", Napi::Boolean::New(env, error == -ENOENT));
	return step;
}

Napi::Value MapReader::look_up(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	uint8_t *key = bytes_of(env, info[0], key_bytes_);
	uint8_t *value = key ? bytes_of(env, info[1], value_bytes_) : nullptr;

	if (!value)
		return env.Undefined();
	int error = bpf_map_lookup_elem(fd_, key, value);
	if (error && error != -ENOENT)
		throw_error(env, std::string("a map could not be read: ") + strerror(-error), -error);
	return Napi::Boolean::New(env, error == 0);
}

void MapReader::update(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	uint8_t *key = bytes_of(env, info[0], key_bytes_);
	uint8_t *value = key ? bytes_of(env, info[1], value_bytes_) : nullptr;

	if (!value)
		return;
	int error = bpf_map_update_elem(fd_, key, value, BPF_ANY);
	if (error)
		throw_error(env, std::string("a map could not be written: ") + strerror(-error), -error);
}

Napi::Value MapReader::remove(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	uint8_t *key = bytes_of(env, info[0], key_bytes_);

	if (!key)
		return env.Undefined();
	int error = bpf_map_delete_elem(fd_, key);
	if (error && error != -ENOENT)
		throw_error(env, std::string("an entry could not be removed: ") + strerror(-error), -error);
	return Napi::Boolean::New(env, error == 0);
}

} // namespace conntrail

#include "bpf_info.h"

#include <bpf/bpf.h>
#include <errno.h>

#include <cstring>
#include <string>

namespace conntrail {

namespace {

// Whether a kernel that filled in `length` bytes knows a field.
template <typename Field> bool knows(const void *info, uint32_t length, const Field &field)
{
	auto end = reinterpret_cast<const char *>(&field) + sizeof(field);
	return end <= static_cast<const char *>(info) + length;
}

std::string text(const char *bytes, size_t size)
{
	return std::string(bytes, strnlen(bytes, size));
}

// Where the kernel cuts a name, it stands whole in the program's own types: the number of that type; 0: it has none.
uint32_t function_type(int fd, const bpf_prog_info &info)
{
	bpf_func_info function = {};
	bpf_prog_info asked = {};
	uint32_t length = sizeof(asked);

	if (!info.btf_id || !info.nr_func_info || strnlen(info.name, sizeof(info.name)) < sizeof(info.name) - 1)
		return 0;
	asked.nr_func_info = 1;
	asked.func_info_rec_size = sizeof(function);
	asked.func_info = reinterpret_cast<uintptr_t>(&function);
	return bpf_prog_get_info_by_fd(fd, &asked, &length) ? 0 : function.type_id;
}

} // namespace

Napi::Value map_info(Napi::Env env, int fd)
{
	bpf_map_info info = {};
	uint32_t length = sizeof(info);
	int error = bpf_map_get_info_by_fd(fd, &info, &length);

	if (error)
		return Napi::Number::New(env, error);
	Napi::Object told = Napi::Object::New(env);
	told.Set("id", info.id);
	told.Set("type", info.type);
	told.Set("keySize", info.key_size);
	told.Set("valueSize", info.value_size);
	told.Set("maxEntries", info.max_entries);
	told.Set("flags", info.map_flags);
	told.Set("name", text(info.name, sizeof(info.name)));
	told.Set("btfId", info.btf_id);
	told.Set("extra", Napi::BigInt::New(env, static_cast<uint64_t>(info.map_extra)));
	return told;
}

Napi::Value program_info(Napi::Env env, int fd)
{
	bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	int error = bpf_prog_get_info_by_fd(fd, &info, &length);

	if (error)
		return Napi::Number::New(env, error);
	Napi::Object told = Napi::Object::New(env);
	told.Set("id", info.id);
	told.Set("type", info.type);
	told.Set("name", text(info.name, sizeof(info.name)));
	told.Set("functionType", function_type(fd, info));
	told.Set("tag", Napi::Buffer<uint8_t>::Copy(env, info.tag, sizeof(info.tag)));
	told.Set("btfId", info.btf_id);
	told.Set("loadedNs", Napi::BigInt::New(env, static_cast<uint64_t>(info.load_time)));
	told.Set("uid", info.created_by_uid);
	told.Set("gplCompatible", Napi::Boolean::New(env, info.gpl_compatible));
	told.Set("xlatedBytes", info.xlated_prog_len);
	told.Set("jitedBytes", info.jited_prog_len);
	told.Set("runTimeNs", Napi::BigInt::New(env, static_cast<uint64_t>(info.run_time_ns)));
	told.Set("runCount", Napi::BigInt::New(env, static_cast<uint64_t>(info.run_cnt)));
	told.Set("misses", knows(&info, length, info.recursion_misses)
				   ? Napi::BigInt::New(env, static_cast<uint64_t>(info.recursion_misses))
				   : env.Null());
	told.Set("verified",
		 knows(&info, length, info.verified_insns) ? Napi::Number::New(env, info.verified_insns) : env.Null());
	told.Set("attachBtf", info.attach_btf_obj_id);
	told.Set("attachType", info.attach_btf_id);
	return told;
}

std::vector<uint32_t> maps_of_program(int fd)
{
	bpf_prog_info info = {};
	uint32_t length = sizeof(info);

	if (bpf_prog_get_info_by_fd(fd, &info, &length))
		return {};
	std::vector<uint32_t> maps(info.nr_map_ids);
	bpf_prog_info asked = {};
	asked.nr_map_ids = info.nr_map_ids;
	asked.map_ids = reinterpret_cast<uintptr_t>(maps.data());
	length = sizeof(asked);
	if (bpf_prog_get_info_by_fd(fd, &asked, &length))
		return {};
	maps.resize(asked.nr_map_ids < maps.size() ? asked.nr_map_ids : maps.size());
	return maps;
}

} // namespace conntrail

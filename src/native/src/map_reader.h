// NativeMapReader of src/native/index.ts: reads a hash map a batch at a time, or single entries of any map.
#pragma once

#include <napi.h>

#include <cstdint>

namespace conntrail {

class MapReader : public Napi::ObjectWrap<MapReader> {
public:
	static Napi::Function define(Napi::Env env);
	explicit MapReader(const Napi::CallbackInfo &info);

private:
	Napi::Value key_bytes(const Napi::CallbackInfo &info);
	Napi::Value value_bytes(const Napi::CallbackInfo &info);
	Napi::Value entries(const Napi::CallbackInfo &info);
	Napi::Value next(const Napi::CallbackInfo &info);
	Napi::Value look_up(const Napi::CallbackInfo &info);
	void update(const Napi::CallbackInfo &info);
	Napi::Value remove(const Napi::CallbackInfo &info);

	// The bytes of a typed array of at least that many; nullptr, with an exception, when it is none.
	uint8_t *bytes_of(Napi::Env env, const Napi::Value &value, size_t least) const;

	int fd_ = -1;
	uint32_t key_bytes_ = 0, entries_ = 0;
	size_t value_bytes_ = 0; // as user space sees it: of all CPUs
	uint32_t position_ = 0; // of the kernel, in the map's buckets
	bool begun_ = false;
};

} // namespace conntrail

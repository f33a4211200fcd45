// NativeEntryCounter of src/native/bpf-objects.ts.
#pragma once

#include <napi.h>

#include <map>
#include <memory>

#include "counting_program.h"
#include "map_walk.h"

namespace conntrail {

class EntryCounter : public Napi::ObjectWrap<EntryCounter> {
public:
	static Napi::Function define(Napi::Env env);
	explicit EntryCounter(const Napi::CallbackInfo &info);

private:
	Napi::Value run(const Napi::CallbackInfo &info);
	Napi::Value walk(const Napi::CallbackInfo &info);
	void forget(const Napi::CallbackInfo &info);
	Napi::Value programs(const Napi::CallbackInfo &info);
	Napi::Value kept(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	std::unique_ptr<WalkBuffers> buffers_;
	// By the map's id.
	std::map<uint32_t, CountingProgram> programs_;
	std::map<uint32_t, std::unique_ptr<MapWalk>> walks_;
};

} // namespace conntrail

#include "entry_counter.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include <string>

#include "arguments.h"

namespace conntrail {

namespace {

const char *word_of(WalkState state)
{
	switch (state) {
	case WalkState::kPaused:
		return "paused";
	case WalkState::kDone:
		return "done";
	case WalkState::kChanging:
		return "changing";
	case WalkState::kFailed:
		break;
	}
	return "failed";
}

Napi::Object result_of(Napi::Env env, const WalkResult &result)
{
	Napi::Object told = Napi::Object::New(env);
	told.Set("state", word_of(result.state));
	told.Set("entries", Napi::Number::New(env, static_cast<double>(result.entries)));
	told.Set("errno", result.error);
	return told;
}

MapShape shape_of(const Napi::Object &map)
{
	auto number = [&](const char *name) { return static_cast<uint32_t>(number_of(map, name, 0)); };
	return {number("type"), number("keySize"), number("valueSize"), number("maxEntries")};
}

} // namespace

Napi::Function EntryCounter::define(Napi::Env env)
{
	return DefineClass(env, "EntryCounter",
			   {
				   InstanceMethod("run", &EntryCounter::run),
				   InstanceMethod("walk", &EntryCounter::walk),
				   InstanceMethod("forget", &EntryCounter::forget),
				   InstanceMethod("programs", &EntryCounter::programs),
				   InstanceMethod("kept", &EntryCounter::kept),
				   InstanceMethod("close", &EntryCounter::close),
			   });
}

EntryCounter::EntryCounter(const Napi::CallbackInfo &info) : Napi::ObjectWrap<EntryCounter>(info)
{
	int cpus = libbpf_num_possible_cpus();
	if (!info[0].IsObject() || cpus <= 0) {
		throw_error(info.Env(), "EntryCounter takes an options object", EINVAL);
		return;
	}
	Napi::Object options = info[0].As<Napi::Object>();
	buffers_ = std::make_unique<WalkBuffers>(static_cast<size_t>(number_of(options, "keyBytes", 0)),
						 static_cast<size_t>(number_of(options, "valueBytes", 0)),
						 static_cast<uint32_t>(cpus));
}

Napi::Value EntryCounter::run(const Napi::CallbackInfo &info)
{
	uint32_t id = info[0].ToNumber().Uint32Value();
	int error = 0;
	uint64_t entries = 0;

	auto found = programs_.find(id);
	if (found == programs_.end()) {
		CountingProgram program(info[1].ToNumber().Int32Value(), error);
		if (!program.valid())
			return result_of(info.Env(), {WalkState::kFailed, 0, error});
		found = programs_.emplace(id, std::move(program)).first;
	}
	error = found->second.run(entries);
	return result_of(info.Env(), {error ? WalkState::kFailed : WalkState::kDone, entries, error});
}

// What does not end in the budget is gone on with at the next call.
Napi::Value EntryCounter::walk(const Napi::CallbackInfo &info)
{
	uint32_t id = info[0].ToNumber().Uint32Value();
	int map = info[1].ToNumber().Int32Value();
	bool by_batch = info[3].ToString().Utf8Value() == "batch";
	int64_t budget = info[4].ToNumber().Int64Value();

	if (!buffers_ || !info[2].IsObject())
		return result_of(info.Env(), {WalkState::kFailed, 0, EINVAL});
	std::unique_ptr<MapWalk> &walk = walks_[id];
	if (!walk) {
		MapShape shape = shape_of(info[2].As<Napi::Object>());
		walk = by_batch ? walk_by_batch(shape, *buffers_) : walk_by_keys(shape);
	}
	WalkResult result = walk ? walk->go(map, *buffers_, budget) : WalkResult{WalkState::kFailed, 0, E2BIG};
	if (result.state != WalkState::kPaused)
		walks_.erase(id);
	return result_of(info.Env(), result);
}

void EntryCounter::forget(const Napi::CallbackInfo &info)
{
	uint32_t id = info[0].ToNumber().Uint32Value();
	programs_.erase(id);
	walks_.erase(id);
}

Napi::Value EntryCounter::programs(const Napi::CallbackInfo &info)
{
	Napi::Array ids = Napi::Array::New(info.Env());
	for (const auto &[map, program] : programs_)
		ids.Set(ids.Length(), program.id());
	return ids;
}

Napi::Value EntryCounter::kept(const Napi::CallbackInfo &info)
{
	Napi::Array ids = Napi::Array::New(info.Env());
	for (const auto &[map, program] : programs_)
		ids.Set(ids.Length(), map);
	return ids;
}

void EntryCounter::close(const Napi::CallbackInfo &)
{
	programs_.clear();
	walks_.clear();
	buffers_.reset();
}

} // namespace conntrail

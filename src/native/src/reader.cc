#include "reader.h"

#include <errno.h>

#include "arguments.h"
#include "connection_source.h"

namespace conntrail {

Napi::Function Reader::define(Napi::Env env)
{
	return DefineClass(env, "Reader",
			   {InstanceMethod("poll", &Reader::poll), InstanceMethod("close", &Reader::close)});
}

Reader::Reader(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Reader>(info)
{
	Napi::Env env = info.Env();
	Napi::Object options = info[0].IsObject() ? info[0].As<Napi::Object>() : Napi::Object::New(env);

	if (!options.Get("ring").IsTypedArray() || !options.Get("handles").IsObject()) {
		throw_error(env, "Reader takes a shared ring and the tracer's handles", EINVAL);
		return;
	}
	Napi::Object handles = options.Get("handles").As<Napi::Object>();
	Napi::Uint8Array ring = options.Get("ring").As<Napi::Uint8Array>();
	ConnectionSettings settings = {};
	settings.batches_fd = static_cast<int>(number_of(handles, "batches"));
	settings.control_fd = static_cast<int>(number_of(handles, "control"));
	settings.ring_fd = static_cast<int>(number_of(handles, "ring"));
	settings.perf_fd = static_cast<int>(number_of(handles, "perf"));
	settings.iterators = numbers_of(handles, "iterators");
	settings.walks = numbers_of(handles, "walks");
	settings.walk_rows_fd = static_cast<int>(number_of(handles, "walkRows"));
	settings.expiry = static_cast<int>(number_of(handles, "expiry"));
	settings.expiry_page_fd = static_cast<int>(number_of(handles, "expiryPage"));
	settings.udp_flows = static_cast<uint32_t>(number_of(handles, "udpFlows"));
	settings.programs = numbers_of(handles, "programs");
	settings.io_programs = numbers_of(handles, "ioPrograms");
	settings.perf = string_of(options, "transport") == "perf";
	settings.kernel_buffer = static_cast<uint64_t>(number_of(options, "kernelBuffer", 0));
	settings.reader = static_cast<uint32_t>(number_of(options, "reader", 0));
	settings.readers = static_cast<uint32_t>(number_of(options, "readers", 0));
	settings.cpus = static_cast<uint32_t>(number_of(options, "cpus", 0));
	settings.pending_ms = static_cast<uint32_t>(number_of(options, "pendingMs", 100));
	settings.interval_ms = static_cast<uint32_t>(number_of(options, "intervalMs", 1000));
	if (!settings.readers || !settings.cpus || !settings.pending_ms || !settings.interval_ms) {
		throw_error(env, "Reader needs the numbers of readers and CPUs, and intervals above 0", EINVAL);
		return;
	}
	// A typed array over a SharedArrayBuffer is accepted here by every Node that is supported.
	ring_ = Napi::Persistent(ring);
	std::vector<std::unique_ptr<Source>> sources;
	sources.push_back(std::make_unique<ConnectionSource>(settings));
	auto loop = std::make_unique<ReaderLoop>(ring.Data(), ring.ByteLength(), static_cast<uint16_t>(settings.reader),
						 static_cast<int>(number_of(handles, "stop")), std::move(sources));
	if (!loop->error().empty()) {
		throw_error(env, loop->error(), errno);
		return;
	}
	loop_ = std::move(loop);
}

Napi::Value Reader::poll(const Napi::CallbackInfo &info)
{
	if (!loop_) {
		throw_error(info.Env(), "the reader is closed", EBADF);
		return info.Env().Undefined();
	}
	int told = loop_->poll();
	if (!loop_->error().empty())
		throw_error(info.Env(), loop_->error(), EIO);
	return Napi::Number::New(info.Env(), told);
}

void Reader::close(const Napi::CallbackInfo &)
{
	loop_.reset();
	ring_.Reset();
}

} // namespace conntrail

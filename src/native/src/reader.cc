#include "reader.h"

#include <errno.h>

#include "arguments.h"
#include "connection_source.h"
#include "packet_source.h"
#include "ring_source.h"

namespace conntrail {

Napi::Function Reader::define(Napi::Env env)
{
	return DefineClass(env, "Reader",
			   {InstanceMethod("poll", &Reader::poll), InstanceMethod("close", &Reader::close)});
}

namespace {

std::unique_ptr<Source> connections_of(const Napi::Object &given, uint32_t interval_ms)
{
	ConnectionSettings settings = {};
	Napi::Object handles = given.Get("handles").ToObject();

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
	settings.perf = string_of(given, "transport") == "perf";
	settings.kernel_buffer = static_cast<uint64_t>(number_of(given, "kernelBuffer", 0));
	settings.reader = static_cast<uint32_t>(number_of(given, "reader", 0));
	settings.readers = static_cast<uint32_t>(number_of(given, "readers", 0));
	settings.cpus = static_cast<uint32_t>(number_of(given, "cpus", 0));
	settings.pending_ms = static_cast<uint32_t>(number_of(given, "pendingMs", 100));
	settings.interval_ms = interval_ms;
	if (!settings.readers || !settings.cpus || !settings.pending_ms)
		return nullptr;
	return std::make_unique<ConnectionSource>(settings);
}

std::vector<uint16_t> shorts_of(const Napi::Object &object, const char *name)
{
	std::vector<int> numbers = numbers_of(object, name);
	return {numbers.begin(), numbers.end()};
}

std::unique_ptr<Source> ring_of(const Napi::Object &given, uint32_t interval_ms)
{
	std::vector<RingFeature> features;
	Napi::Array list = given.Get("features").IsArray() ? given.Get("features").As<Napi::Array>()
							   : Napi::Array::New(given.Env());

	for (uint32_t i = 0; i < list.Length(); i++) {
		Napi::Object feature = list.Get(i).ToObject();
		features.push_back({
			.id = static_cast<uint16_t>(number_of(feature, "id", 0)),
			.counters_fd = static_cast<int>(number_of(feature, "counters")),
			.source = static_cast<uint16_t>(number_of(feature, "source", 0)),
			.sources = static_cast<uint16_t>(number_of(feature, "sources", 1)),
			.unitless = shorts_of(feature, "unitless"),
		});
	}
	if (features.empty())
		return nullptr;
	return std::make_unique<RingSource>(static_cast<int>(number_of(given, "map")), features, interval_ms);
}

std::unique_ptr<Source> packets_of(const Napi::Object &given, uint32_t interval_ms)
{
	std::vector<PacketSocket> sockets;
	PacketShare share = {};
	Napi::Array list =
		given.Get("sockets").IsArray() ? given.Get("sockets").As<Napi::Array>() : Napi::Array::New(given.Env());

	for (uint32_t i = 0; i < list.Length(); i++) {
		Napi::Object socket = list.Get(i).ToObject();
		sockets.push_back({static_cast<int>(number_of(socket, "fd")),
				   static_cast<uint32_t>(number_of(socket, "netnsInode", 0))});
	}
	share.feature = static_cast<uint16_t>(number_of(given, "feature", 0));
	share.source = static_cast<uint16_t>(number_of(given, "source", 0));
	share.sources = static_cast<uint16_t>(number_of(given, "sources", 1));
	return std::make_unique<PacketSource>(std::move(sockets), shorts_of(given, "ports"), share, interval_ms);
}

// nullptr: it is none.
std::unique_ptr<Source> source_of(const Napi::Object &given, uint32_t interval_ms)
{
	std::string type = string_of(given, "type");

	if (type == "connections")
		return connections_of(given, interval_ms);
	if (type == "packets")
		return packets_of(given, interval_ms);
	return type == "ring" ? ring_of(given, interval_ms) : nullptr;
}

} // namespace

Reader::Reader(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Reader>(info)
{
	Napi::Env env = info.Env();
	Napi::Object options = info[0].IsObject() ? info[0].As<Napi::Object>() : Napi::Object::New(env);
	auto interval_ms = static_cast<uint32_t>(number_of(options, "intervalMs", 1000));

	if (!options.Get("ring").IsTypedArray() || !options.Get("sources").IsArray() || !interval_ms) {
		throw_error(env, "Reader takes a shared ring, sources and an interval above 0", EINVAL);
		return;
	}
	Napi::Array list = options.Get("sources").As<Napi::Array>();
	std::vector<std::unique_ptr<Source>> sources;
	for (uint32_t i = 0; i < list.Length(); i++) {
		sources.push_back(source_of(list.Get(i).ToObject(), interval_ms));
		if (!sources.back()) {
			throw_error(env,
				    "a source of connections needs the numbers of readers and CPUs, a ring features",
				    EINVAL);
			return;
		}
	}
	ReaderSettings settings = {};
	settings.source = static_cast<uint16_t>(number_of(options, "source", 0));
	settings.stop_fd = static_cast<int>(number_of(options, "stop"));
	settings.kicked_fd = static_cast<int>(number_of(options, "kicked"));
	settings.kicks = numbers_of(options, "kicks");
	settings.clock_ms = options.Get("clock").ToBoolean() ? interval_ms : 0;
	Napi::Uint8Array ring = options.Get("ring").As<Napi::Uint8Array>();
	// A typed array over a SharedArrayBuffer is accepted here by every Node that is supported.
	ring_ = Napi::Persistent(ring);
	auto loop = std::make_unique<ReaderLoop>(ring.Data(), ring.ByteLength(), settings, std::move(sources));
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

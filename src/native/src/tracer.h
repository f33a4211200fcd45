// NativeTracer of src/native/index.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "control_page.h"
#include "objects.h"
#include "selftest.h"

namespace conntrail {

class Tracer : public Napi::ObjectWrap<Tracer> {
public:
	static Napi::Function define(Napi::Env env);
	explicit Tracer(const Napi::CallbackInfo &info);
	~Tracer() override;
	Tracer(const Tracer &) = delete;
	Tracer &operator=(const Tracer &) = delete;

private:
	Napi::Value programs(const Napi::CallbackInfo &info);
	Napi::Value handles(const Napi::CallbackInfo &info);
	Napi::Value cpus(const Napi::CallbackInfo &info);
	void enable(const Napi::CallbackInfo &info);
	void disable(const Napi::CallbackInfo &info);
	Napi::Value open_self_test(const Napi::CallbackInfo &info);
	void close_self_test(const Napi::CallbackInfo &info);
	void wake_readers(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);
	void release();

	std::unique_ptr<Objects> objects_;
	std::unique_ptr<Control> control_;
	SelfTest self_test_;
	int stop_fd_ = -1;
	uint32_t cpus_ = 0;
	uint32_t udp_flows_ = 0;
	uint64_t udp_timeout_ms_ = 0, udp_stream_timeout_ms_ = 0;
};

} // namespace conntrail

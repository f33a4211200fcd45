// NativeTracer of src/native/index.ts.
#pragma once

#include <napi.h>

#include <memory>

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
	Napi::Value load(const Napi::CallbackInfo &info);
	void unload(const Napi::CallbackInfo &info);
	Napi::Value map(const Napi::CallbackInfo &info);
	Napi::Value link(const Napi::CallbackInfo &info);
	Napi::Value program(const Napi::CallbackInfo &info);
	Napi::Value descriptors(const Napi::CallbackInfo &info);
	void run_iterator(const Napi::CallbackInfo &info);
	Napi::Value relink(const Napi::CallbackInfo &info);
	void detach(const Napi::CallbackInfo &info);
	Napi::Value cpus(const Napi::CallbackInfo &info);
	Napi::Value stop(const Napi::CallbackInfo &info);
	Napi::Value open_self_test(const Napi::CallbackInfo &info);
	void close_self_test(const Napi::CallbackInfo &info);
	void wake_readers(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);
	void release();
	Napi::Value found(const Napi::CallbackInfo &info,
			  int (Objects::*find)(const std::string &, const std::string &) const);

	std::unique_ptr<Objects> objects_;
	SelfTest self_test_;
	int stop_fd_ = -1;
	uint32_t cpus_ = 0;
};

} // namespace conntrail

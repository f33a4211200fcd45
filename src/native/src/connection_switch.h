// NativeConnectionSwitch of src/native/index.ts: what lets the programs of the connections run, and stops them.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "control_page.h"

namespace conntrail {

class ConnectionSwitch : public Napi::ObjectWrap<ConnectionSwitch> {
public:
	static Napi::Function define(Napi::Env env);
	explicit ConnectionSwitch(const Napi::CallbackInfo &info);

private:
	void on(const Napi::CallbackInfo &info);
	void off(const Napi::CallbackInfo &info);

	std::unique_ptr<Control> control_;
	std::vector<int> programs_, io_programs_;
	uint64_t udp_timeout_ns_ = 0, udp_stream_timeout_ns_ = 0;
};

} // namespace conntrail

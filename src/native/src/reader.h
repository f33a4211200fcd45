// NativeReader of src/native/index.ts: a ReaderLoop for one worker thread.
#pragma once

#include <napi.h>

#include <memory>

#include "reader_loop.h"

namespace conntrail {

class Reader : public Napi::ObjectWrap<Reader> {
public:
	static Napi::Function define(Napi::Env env);
	explicit Reader(const Napi::CallbackInfo &info);

private:
	Napi::Value poll(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	// Keeps the shared memory alive while the loop writes to it.
	Napi::Reference<Napi::Uint8Array> ring_;
	std::unique_ptr<ReaderLoop> loop_;
};

} // namespace conntrail

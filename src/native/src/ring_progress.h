// NativeRingProgress of src/native/index.ts: how far the reader of a BPF ring has come, seen from another thread.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace conntrail {

class RingProgress : public Napi::ObjectWrap<RingProgress> {
public:
	static Napi::Function define(Napi::Env env);
	explicit RingProgress(const Napi::CallbackInfo &info);
	~RingProgress() override;

private:
	Napi::Value told(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	// Notes how far programs have come, unless that is noted; whether the reader has come as far.
	bool passes();
	void unmap();

	// The kernel's two pages of positions, free-running, in bytes (kernel/bpf/ringbuf.c).
	const unsigned long *consumer_ = nullptr, *producer_ = nullptr;
	size_t page_bytes_;
	bool noted_ = false;
	unsigned long position_ = 0;
	uint64_t boot_ns_ = 0; // when that was noted
};

} // namespace conntrail

// SPDX-License-Identifier: Apache-2.0
// The kernel as a Node addon: records are read where they lie, blocks are written into memory of the caller.
#include <napi.h>

extern "C" {
#include "kernel.h"
}

namespace {

class Kernel : public Napi::ObjectWrap<Kernel> {
public:
	static Napi::Function define(Napi::Env env)
	{
		return DefineClass(env, "Kernel",
				   {InstanceMethod<&Kernel::attach>("attach"), InstanceMethod<&Kernel::run>("run"),
				    InstanceMethod<&Kernel::release>("release")});
	}

	// (exchange: ArrayBuffer)
	explicit Kernel(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Kernel>(info)
	{
		if (!info[0].IsArrayBuffer() ||
		    info[0].As<Napi::ArrayBuffer>().ByteLength() < sizeof(struct exchange)) {
			Napi::TypeError::New(info.Env(), "Pass an ArrayBuffer as large as struct exchange.")
				.ThrowAsJavaScriptException();
			return;
		}
		buffer_ = Napi::Persistent(info[0].As<Napi::ArrayBuffer>());
		exchange_ = static_cast<struct exchange *>(buffer_.Value().Data());
		kernel_ = kernel_new(exchange_);
	}

	~Kernel() override
	{
		if (kernel_ != nullptr)
			kernel_free(kernel_);
	}

private:
	// (memory: Uint8Array): where the records of the next batches lie; kept alive.
	void attach(const Napi::CallbackInfo &info)
	{
		if (!info[0].IsTypedArray()) {
			Napi::TypeError::New(info.Env(), "Pass a Uint8Array.").ThrowAsJavaScriptException();
			return;
		}
		memory_ = Napi::Persistent(info[0].As<Napi::Uint8Array>());
		bytes_ = memory_.Value().Data();
		length_ = memory_.Value().ByteLength();
	}

	void run(const Napi::CallbackInfo &info)
	{
		size_t size = exchange_->count * sizeof(struct ct_conn);

		if (exchange_->count > KERNEL_RECORDS || exchange_->base > length_ ||
		    size > length_ - exchange_->base) {
			Napi::RangeError::New(info.Env(), "The batch lies outside of the memory attached.")
				.ThrowAsJavaScriptException();
			return;
		}
		kernel_run(kernel_, reinterpret_cast<const struct ct_conn *>(bytes_ + exchange_->base));
	}

	void release(const Napi::CallbackInfo &) { kernel_release(kernel_); }

	Napi::Reference<Napi::ArrayBuffer> buffer_;
	Napi::Reference<Napi::Uint8Array> memory_;
	struct exchange *exchange_ = nullptr;
	struct kernel *kernel_ = nullptr;
	const uint8_t *bytes_ = nullptr;
	size_t length_ = 0;
};

Napi::Object initialise(Napi::Env env, Napi::Object exports)
{
	exports.Set("Kernel", Kernel::define(env));
	return exports;
}

} // namespace

NODE_API_MODULE(kernel, initialise)

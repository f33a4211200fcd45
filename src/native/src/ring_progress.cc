#include "ring_progress.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "arguments.h"
#include "clock.h"

namespace conntrail {

namespace {

const unsigned long *map_page(int fd, size_t bytes, off_t at)
{
	void *memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, at);

	return memory == MAP_FAILED ? nullptr : static_cast<const unsigned long *>(memory);
}

} // namespace

Napi::Function RingProgress::define(Napi::Env env)
{
	return DefineClass(
		env, "RingProgress",
		{InstanceMethod("told", &RingProgress::told), InstanceMethod("close", &RingProgress::close)});
}

RingProgress::RingProgress(const Napi::CallbackInfo &info)
	: Napi::ObjectWrap<RingProgress>(info), page_bytes_(static_cast<size_t>(sysconf(_SC_PAGESIZE)))
{
	int fd = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;

	consumer_ = map_page(fd, page_bytes_, 0);
	producer_ = map_page(fd, page_bytes_, static_cast<off_t>(page_bytes_));
	if (consumer_ && producer_)
		return;
	int error = errno;
	unmap();
	throw_error(info.Env(), std::string("the positions of a BPF ring could not be mapped: ") + strerror(error),
		    error);
}

RingProgress::~RingProgress()
{
	unmap();
}

void RingProgress::unmap()
{
	for (const unsigned long *page : {consumer_, producer_})
		if (page)
			munmap(const_cast<unsigned long *>(page), page_bytes_);
	consumer_ = producer_ = nullptr;
}

bool RingProgress::passes()
{
	if (!noted_) {
		// The time first: what is committed until the position is read is more than it says.
		boot_ns_ = now_ns(CLOCK_BOOTTIME);
		position_ = __atomic_load_n(producer_, __ATOMIC_ACQUIRE);
		noted_ = true;
	}
	// Acquire: pairs with the reader's store of it behind the frames that it made of these events.
	return static_cast<long>(__atomic_load_n(consumer_, __ATOMIC_ACQUIRE) - position_) >= 0;
}

// Of a ring that is never empty at least what was asked for the last time; of one that is, all until now.
Napi::Value RingProgress::told(const Napi::CallbackInfo &info)
{
	uint64_t until = 0;

	for (int i = 0; i < 2 && consumer_ && passes(); i++) {
		until = boot_ns_;
		noted_ = false;
	}
	return Napi::Number::New(info.Env(), static_cast<double>(until));
}

void RingProgress::close(const Napi::CallbackInfo &)
{
	unmap();
}

} // namespace conntrail

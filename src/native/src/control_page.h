// The page that user space shares with the BPF programs, mapped.
#pragma once

#include <sys/mman.h>

#include <cstdint>

#include "connections/control.h"
#include "connections/frames.h"

namespace conntrail {

class Control {
public:
	explicit Control(int fd)
	{
		void *memory = fd < 0 ? MAP_FAILED : mmap(nullptr, CT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		page_ = memory == MAP_FAILED ? nullptr : static_cast<ct_control *>(memory);
	}
	~Control()
	{
		if (page_)
			munmap(page_, CT_PAGE);
	}
	Control(const Control &) = delete;
	Control &operator=(const Control &) = delete;

	bool valid() const { return page_ != nullptr; }
	// Acquire / release: what was set up before enabling is seen by who sees it enabled.
	bool enabled() const { return __atomic_load_n(&page_->enabled, __ATOMIC_ACQUIRE) != 0; }
	void enable(bool on) { __atomic_store_n(&page_->enabled, on ? 1u : 0u, __ATOMIC_RELEASE); }
	void show_everything(bool on) { __atomic_store_n(&page_->snapshot_full, on ? 1u : 0u, __ATOMIC_RELEASE); }
	ct_control *operator->() { return page_; }

private:
	ct_control *page_;
};

} // namespace conntrail

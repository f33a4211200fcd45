// The switches user space shares with the BPF programs: the first words are struct ct_control in bpf/connections/maps.h.
#pragma once

#include <sys/mman.h>

#include <cstdint>

#include "records.h"

namespace conntrail {

struct ControlPage {
	uint32_t enabled;
	uint32_t snapshot_full;
	// User space only: recursion misses counted before the hooks were enabled.
	uint64_t misses;
	uint64_t io_misses; // of them, those of the programs that count sends and receives
	// Written by the programs only: entries of tcp_overflow and of udp_flows.
	uint64_t overflow_sockets;
	uint64_t chained_flows;
	// Expiry of UDP flows, by user space.
	uint64_t udp_timeout_ns, udp_stream_timeout_ns;
	uint32_t udp_pass;
	uint32_t reserved;
	// By the programs.
	uint64_t udp_ended, udp_untracked, udp_epochs, udp_marked, udp_expired, udp_refused, udp_unended;
};

class Control {
public:
	explicit Control(int fd)
	{
		void *memory = fd < 0 ? MAP_FAILED : mmap(nullptr, CT_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		page_ = memory == MAP_FAILED ? nullptr : static_cast<ControlPage *>(memory);
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
	ControlPage *operator->() { return page_; }

private:
	ControlPage *page_;
};

} // namespace conntrail

// The end of UDP flows in udp_flows: runs bpf/connections/udp_expiry.bpf.c in passes, and says when a pass is due.
#pragma once

#include <cstdint>

#include "control_page.h"

namespace conntrail {

constexpr uint32_t kExpiryRows = 1024; // CT_EXPIRY_ROWS of udp_expiry.bpf.c
constexpr uint32_t kAges = 128; // CT_AGES

// struct ct_expiry_page and struct ct_expiry_state of udp_expiry.bpf.c.
struct ExpiryPage {
	uint32_t ages[kAges];
	ct_conn rows[kExpiryRows];
};
struct ExpiryState {
	uint64_t since_ns, now_ns;
	uint32_t room, rows, done, living, early_age, early_many, early, ended_before;
};

// Passes over all flows, resumable: a pass waits for the consumer, flows that have ended wait in the kernel.
class UdpExpiry {
public:
	// `bound`: most entries of udp_flows. -1 for a program or page that is absent: then nothing is ever due.
	UdpExpiry(int program, int page, Control &control, uint32_t bound);
	~UdpExpiry();
	UdpExpiry(const UdpExpiry &) = delete;
	UdpExpiry &operator=(const UdpExpiry &) = delete;

	// Numbers a pass anew, for whoever looks at UDP flows next, and waits until no program writes to what earlier ones found dead.
	void number_pass();
	// Whether there is anything to be looked at; whether it must not wait, because the map is filling.
	bool due() const;
	bool pressed() const;
	void begin();
	bool active() const { return active_; }
	// Flows that have ended, `room` at most; none when the pass is over or `room` is 0. Valid until the next call.
	const ct_conn *next(uint32_t room, uint32_t &count);

	// Totals: of what was told, before its time-out; and whether the last pass told nothing at all.
	uint64_t early() const { return early_; }
	bool idle() const { return told_in_pass_ == 0; }
	// Flows of closed sockets that nobody can tell from open ones, for want of memory; known when all hooks are off.
	uint64_t forsaken() const;

private:
	bool make_room();

	int program_;
	const ExpiryPage *page_ = nullptr;
	Control &control_;
	uint64_t high_, low_; // flows
	ExpiryState state_ = {};
	bool active_ = false;
	uint64_t marked_ = 0;
	uint32_t last_pass_ = 0;
	uint64_t early_ = 0, told_in_pass_ = 0;
};

} // namespace conntrail

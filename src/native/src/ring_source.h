// Events of a BPF ring, each of which begins with struct ct_event: of any number of features, told apart by the events' kinds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "event_counters.h"
#include "kernel_ring.h"
#include "source.h"

namespace conntrail {

struct RingFeature {
	uint16_t id; // enum ct_feature
	int counters_fd; // map of struct ct_event_counters, or -1: another source accounts for what the programs count
	uint16_t source, sources; // of this feature: which one, and of how many
	std::vector<uint16_t> unitless; // kinds of events that stand for no unit
};

class RingSource : public Source {
public:
	RingSource(int ring_fd, const std::vector<RingFeature> &features, uint32_t interval_ms);

	std::string open() override;
	int epoll_fd() const override { return ring_->epoll_fd(); }
	bool gathers() const override { return true; }
	uint64_t due_ns(uint64_t now) const override { return more_ ? now : next_interval_; }
	Consumed run(Writer &out, uint64_t now) override;
	Consumed finish(Writer &out, bool late) override;
	void note() override { noted_ = ring_->reserved(); }
	bool passed() const override { return static_cast<long>(ring_->consumed() - noted_) >= 0; }

private:
	struct Share {
		explicit Share(const RingFeature &feature);

		uint32_t units_of(uint16_t kind) const;

		std::vector<uint16_t> unitless;
		ct_account account = {}; // what the reader counts; the programs' part is added for each frame
		EventCounters counters;
	};

	Consumed consume(Writer &out, bool late);
	void on_event(const void *data, uint32_t bytes);
	Share *share_of(uint16_t kind);
	void account(Writer &out, bool final);

	int ring_fd_;
	uint64_t interval_ns_;
	std::vector<Share> shares_; // one per feature
	std::unique_ptr<KernelRing> ring_;
	Writer *out_ = nullptr; // during consume
	bool more_ = false; // a turn ended before the ring was empty
	uint64_t next_interval_ = 0; // monotonic ns
	uint64_t drained_ns_ = 0; // boot clock: all committed before has been moved on
	unsigned long noted_ = 0;
};

} // namespace conntrail

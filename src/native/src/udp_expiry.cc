#include "udp_expiry.h"

#include <bpf/bpf.h>
#include <sys/mman.h>

#include <algorithm>

#include "clock.h"
#include "grace.h"

namespace conntrail {

namespace {

// Of the bound, in eighths: above the first the eldest flows leave, until as many as the second are left.
constexpr uint64_t kHighEighths = 7;
constexpr uint64_t kLowEighths = 6;

uint64_t load(const __u64 &counter)
{
	return __atomic_load_n(&counter, __ATOMIC_ACQUIRE);
}

} // namespace

UdpExpiry::UdpExpiry(int program, int page, Control &control, uint32_t bound)
	: program_(program), control_(control), high_(bound * kHighEighths / 8), low_(bound * kLowEighths / 8)
{
	void *memory = page < 0 ? MAP_FAILED : mmap(nullptr, sizeof(ExpiryPage), PROT_READ, MAP_SHARED, page, 0);
	if (memory != MAP_FAILED)
		page_ = static_cast<const ExpiryPage *>(memory);
}

UdpExpiry::~UdpExpiry()
{
	if (page_)
		munmap(const_cast<ExpiryPage *>(page_), sizeof(ExpiryPage));
}

void UdpExpiry::number_pass()
{
	uint64_t marked = load(control_->udp_marked);

	__atomic_store_n(&control_->udp_pass, control_->udp_pass + 1, __ATOMIC_RELEASE);
	if (marked != marked_ || load(control_->udp_ended))
		wait_for_programs();
	marked_ = marked;
}

// Programs count an entry before they make it.
bool UdpExpiry::due() const
{
	return page_ && program_ >= 0 && (load(control_->chained_flows) || load(control_->udp_ended));
}

bool UdpExpiry::pressed() const
{
	return due() && load(control_->chained_flows) > high_;
}

void UdpExpiry::begin()
{
	state_ = {};
	told_in_pass_ = 0;
	active_ = true;
	number_pass();
	state_.ended_before = last_pass_;
	last_pass_ = control_->udp_pass;
}

// The eldest of the flows that were just counted by age. Those used since stay.
bool UdpExpiry::make_room()
{
	if (state_.since_ns || state_.living <= high_)
		return false;
	uint64_t excess = state_.living - low_;
	uint64_t older = 0;
	uint32_t age = kAges - 1;
	while (age > 0 && older + page_->ages[age] < excess)
		older += page_->ages[age--];
	state_.early_age = age;
	state_.early_many = static_cast<uint32_t>(excess - older);
	state_.since_ns = state_.now_ns;
	return true;
}

const ct_conn *UdpExpiry::next(uint32_t room, uint32_t &count)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &state_, .ctx_size_in = sizeof(state_));

	count = 0;
	while (active_ && room) {
		if (state_.done && !make_room()) {
			active_ = false;
			break;
		}
		state_.room = std::min(room, kExpiryRows);
		if (bpf_prog_test_run_opts(program_, &options) || options.retval) {
			active_ = false;
			break;
		}
		early_ += state_.early;
		told_in_pass_ += state_.rows;
		count = std::min(state_.rows, kExpiryRows);
		if (count)
			return page_->rows;
	}
	return nullptr;
}

uint64_t UdpExpiry::forsaken() const
{
	return std::min(load(control_->udp_unended), load(control_->chained_flows));
}

} // namespace conntrail

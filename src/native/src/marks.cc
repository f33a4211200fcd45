#include "marks.h"

#include <sys/eventfd.h>

#include <algorithm>

namespace conntrail {

namespace {

constexpr uint64_t kNsPerMs = 1000000;
// Between two marks, at least: in a burst one stands for many kicks.
constexpr uint64_t kPauseNs = kNsPerMs;

} // namespace

void Marks::note(const std::vector<std::unique_ptr<Source>> &sources, uint64_t now)
{
	eventfd_t kicks;

	if (kicked_fd_ < 0)
		return;
	asked_ = eventfd_read(kicked_fd_, &kicks) == 0 || asked_;
	if (!asked_ || noted_ || now < last_ + kPauseNs)
		return;
	// The time first: what is committed until the positions are read is more than the mark says.
	boot_ns_ = now_ns(CLOCK_BOOTTIME);
	for (const auto &source : sources)
		source->note();
	last_ = now;
	asked_ = false;
	noted_ = true;
}

void Marks::write(Writer &out, const std::vector<std::unique_ptr<Source>> &sources)
{
	if (!noted_)
		return;
	bool passed = std::all_of(sources.begin(), sources.end(), [](const auto &source) { return source->passed(); });
	noted_ = !(passed && write(out, boot_ns_));
}

bool Marks::write(Writer &out, uint64_t boot_ns)
{
	ct_mark mark = {boot_ns};

	// A mark that finds no room is written later; it is never a gap.
	return out.has_room(2 * (sizeof(ct_frame) + sizeof(mark))) &&
	       out.write(CT_CORE_KIND_MARK, &mark, sizeof(mark), 0);
}

uint64_t Marks::due_ns(uint64_t now) const
{
	if (noted_)
		return now + kPauseNs;
	return asked_ ? last_ + kPauseNs : Source::kNever;
}

bool Marks::finish(Writer &out)
{
	return kicked_fd_ < 0 || write(out, ~uint64_t{0});
}

void Kicks::kick(Writer &out)
{
	if (fds_.empty() || !out.take_told())
		return;
	for (int fd : fds_)
		eventfd_write(fd, 1);
}

} // namespace conntrail

#include "shared_ring.h"

#include <cstring>
#include <utility>

#include "clock.h"

namespace conntrail {

namespace {

constexpr uint32_t align8(uint32_t bytes)
{
	return (bytes + 7) & ~7u;
}

} // namespace

SharedRing::SharedRing(uint8_t *memory, size_t bytes, uint16_t source)
	: words_(reinterpret_cast<uint32_t *>(memory)), data_(memory + kHeaderBytes), capacity_(0), head_(0),
	  source_(source), valid_(false)
{
	if (bytes <= kHeaderBytes || reinterpret_cast<uintptr_t>(memory) % 8)
		return;
	capacity_ = *word(kWordCapacity);
	valid_ = *word(kWordMagic) == kRingMagic && capacity_ == bytes - kHeaderBytes &&
		 (capacity_ & (capacity_ - 1)) == 0;
	head_ = __atomic_load_n(word(kWordHead), __ATOMIC_RELAXED);
}

uint32_t SharedRing::free_bytes() const
{
	// Acquire: pairs with the consumer's store of tail, so that its reads of the freed bytes are over.
	uint32_t tail = __atomic_load_n(word(kWordTail), __ATOMIC_ACQUIRE);

	return capacity_ - (head_ - tail);
}

uint32_t SharedRing::taken() const
{
	return __atomic_load_n(word(kWordTail), __ATOMIC_RELAXED);
}

uint8_t *SharedRing::reserve(uint32_t bytes)
{
	uint32_t need = sizeof(ct_frame) + align8(bytes);
	uint32_t offset = head_ & (capacity_ - 1);
	uint32_t to_end = capacity_ - offset;

	padding_ = to_end < need ? to_end : 0;
	if (need > capacity_ || free_bytes() < need + padding_)
		return nullptr;
	at_ = padding_ ? 0 : offset;
	return data_ + at_ + sizeof(ct_frame);
}

void SharedRing::commit(uint16_t kind, uint32_t length, uint32_t fresh, bool quiet)
{
	if (padding_) {
		// Offsets are multiples of 8, so there is always room for the length word of the filler.
		uint32_t pad = CT_FRAME_PAD;
		memcpy(data_ + (head_ & (capacity_ - 1)), &pad, sizeof(pad));
	}
	ct_frame frame = {};
	frame.length = length;
	frame.kind = kind;
	frame.source = source_;
	frame.seq = seq_++;
	frame.fresh = fresh;
	frame.boot_ns = now_ns(CLOCK_BOOTTIME);
	memcpy(data_ + at_, &frame, sizeof(frame));
	head_ += padding_ + sizeof(ct_frame) + align8(length);
	padding_ = 0;
	urgent_ = urgent_ || !quiet;
	// Sequentially consistent, stronger than release: the take_waiting that follows must not be ordered before it. Pairs with the
	// consumer's load of head, and with its store of waiting followed by a second look at head.
	__atomic_store_n(word(kWordHead), head_, __ATOMIC_SEQ_CST);
}

void SharedRing::skip(uint32_t fresh)
{
	seq_++;
	// Read by the consumer at any time, for display; only this thread writes.
	__atomic_fetch_add(word(kWordDroppedFrames), 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(word(kWordDroppedRecords), fresh, __ATOMIC_RELAXED);
}

bool SharedRing::take_waiting()
{
	// Looked at once is enough: a consumer that does not wait now looks at head before it does.
	if (!std::exchange(urgent_, false))
		return false;
	if (__atomic_load_n(word(kWordHead), __ATOMIC_RELAXED) == __atomic_load_n(word(kWordTail), __ATOMIC_RELAXED))
		return false;
	// Pairs with the consumer's store of 1 before its last look at head.
	return __atomic_load_n(word(kWordWaiting), __ATOMIC_SEQ_CST) == 1 &&
	       __atomic_exchange_n(word(kWordWaiting), 0, __ATOMIC_SEQ_CST) == 1;
}

uint32_t SharedRing::state() const
{
	return __atomic_load_n(word(kWordState), __ATOMIC_ACQUIRE);
}

void SharedRing::started()
{
	uint32_t expected = kStarting;

	// Pairs with the compare-exchange in ReaderPool.stop.
	__atomic_compare_exchange_n(word(kWordState), &expected, kRunning, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void SharedRing::set_state(RingState state)
{
	__atomic_store_n(word(kWordState), state, __ATOMIC_RELEASE);
}

} // namespace conntrail

#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "transport.h"

namespace conntrail {

namespace {

// Layouts of perf_event_open(2), "MMAP layout".
struct LostRecord {
	perf_event_header header;
	uint64_t id;
	uint64_t lost;
};

struct SampleRecord {
	perf_event_header header;
	uint32_t bytes;
	char data[];
};

class PerfBuffers : public Transport {
public:
	PerfBuffers(EventSink sink, LostSink lost) : sink_(std::move(sink)), lost_(std::move(lost)) {}
	~PerfBuffers() override { perf_buffer__free(buffers_); }
	PerfBuffers(const PerfBuffers &) = delete;
	PerfBuffers &operator=(const PerfBuffers &) = delete;

	bool open(int map_fd, const std::vector<int> &cpus, uint64_t bytes)
	{
		perf_event_attr attr = {};
		attr.size = sizeof(attr);
		attr.type = PERF_TYPE_SOFTWARE;
		attr.config = PERF_COUNT_SW_BPF_OUTPUT;
		attr.sample_type = PERF_SAMPLE_RAW;
		// A wake-up costs 6.6 µs: only when a quarter is full; the reader's timer does the rest.
		attr.watermark = 1;
		attr.wakeup_watermark = static_cast<uint32_t>(bytes / 4);

		LIBBPF_OPTS(perf_buffer_raw_opts, options);
		std::vector<int> numbers = cpus;
		options.cpu_cnt = static_cast<int>(numbers.size());
		options.cpus = numbers.data();
		options.map_keys = numbers.data();
		size_t pages = bytes / static_cast<size_t>(sysconf(_SC_PAGESIZE));
		buffers_ = perf_buffer__new_raw(map_fd, pages, &attr, on_event, this, &options);
		return buffers_ != nullptr;
	}

	Consumed consume(const RoomCheck &room, std::string &error) override
	{
		room_ = &room;
		// Each time another buffer first: none waits longer than its turn when room is short.
		size_t count = perf_buffer__buffer_cnt(buffers_);
		for (size_t i = 0; i < count; i++) {
			if (!room())
				return Consumed::NoRoom;
			first_ = (first_ + 1) % count;
			int result = perf_buffer__consume_buffer(buffers_, first_);
			if (result >= 0)
				continue;
			error = std::string("the perf buffers could not be read: ") + strerror(-result);
			return Consumed::Failed;
		}
		return room() ? Consumed::All : Consumed::NoRoom;
	}

	int epoll_fd() const override { return perf_buffer__epoll_fd(buffers_); }

private:
	static bpf_perf_event_ret on_event(void *context, int cpu, perf_event_header *event)
	{
		auto *self = static_cast<PerfBuffers *>(context);
		if (event->type == PERF_RECORD_SAMPLE) {
			auto *sample = reinterpret_cast<SampleRecord *>(event);
			// The size word is the kernel's; it never passes the record it lies in.
			if (sample->bytes <= event->size - sizeof(SampleRecord))
				self->sink_(cpu, sample->data, sample->bytes);
			else
				self->sink_(cpu, sample->data, 0);
		} else if (event->type == PERF_RECORD_LOST) {
			self->lost_(reinterpret_cast<LostRecord *>(event)->lost);
		}
		// libbpf leaves the rest where it is (perf_event_read_simple).
		return (*self->room_)() ? LIBBPF_PERF_EVENT_CONT : LIBBPF_PERF_EVENT_DONE;
	}

	EventSink sink_;
	LostSink lost_;
	perf_buffer *buffers_ = nullptr;
	const RoomCheck *room_ = nullptr;
	size_t first_ = 0;
};

} // namespace

std::unique_ptr<Transport> open_perf_buffers(int map_fd, const std::vector<int> &cpus, uint64_t bytes_per_cpu,
					     EventSink sink, LostSink lost, std::string &error)
{
	auto buffers = std::make_unique<PerfBuffers>(std::move(sink), std::move(lost));
	if (buffers->open(map_fd, cpus, bytes_per_cpu))
		return buffers;
	error = std::string("the perf buffers could not be opened: ") + strerror(errno);
	return nullptr;
}

} // namespace conntrail

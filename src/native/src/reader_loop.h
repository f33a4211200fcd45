// What a reader does, without N-API: transport, open batches, snapshots, clock and counters into one shared ring.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backlog.h"
#include "batches.h"
#include "clock.h"
#include "control_page.h"
#include "shared_ring.h"
#include "snapshot.h"
#include "transport.h"
#include "udp_expiry.h"

namespace conntrail {

struct ReaderSettings {
	int batches_fd, ring_fd, perf_fd, control_fd, stop_fd;
	std::vector<int> iterators; // links
	std::vector<int> walks; // programs
	int walk_rows_fd;
	int expiry, expiry_page_fd; // program, and the map of its rows
	uint32_t udp_flows;
	std::vector<int> programs; // the first is the first set_state program
	std::vector<int> io_programs; // of them, those that count sends and receives
	bool perf;
	uint64_t kernel_buffer;
	uint32_t reader, readers, cpus;
	uint32_t pending_ms, interval_ms;
};

class ReaderLoop {
public:
	ReaderLoop(const ReaderSettings &settings, uint8_t *ring, size_t ring_bytes);
	~ReaderLoop();
	ReaderLoop(const ReaderLoop &) = delete;
	ReaderLoop &operator=(const ReaderLoop &) = delete;

	// Empty when everything could be opened.
	const std::string &error() const { return error_; }

	static constexpr int kPollNotify = 1;
	static constexpr int kPollStopped = 2;
	// Blocks until there is something to tell, at most for kMostPollMs + kMostWaitMs; see NativeReader.poll in src/native/index.ts.
	int poll();

private:
	void on_event(int cpu, const void *data, uint32_t bytes);
	void on_batch(const ct_batch *batch);
	void on_single(const void *data);
	// Into the shared ring, or into the backlog when that has no room or holds older events.
	void deliver(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh);
	void move_backlog(bool late);
	Consumed consume(bool late);
	void read_pending();
	void start_interval(bool full);
	void continue_snapshot();
	// UDP flows that have ended, as many as there is room for.
	void expire_flows(bool late);
	// A closed connection that left the kernel by being read. Counters always find room: where there is none for both it is dropped.
	void tell_ended(const ct_conn &record);
	void mark(uint16_t kind);
	void send_clock();
	// Moves on what the kernel holds; when all of it found room, everything closed before is on its way (drained_ns_).
	void drain();
	void send_account(bool final);
	void take_counters(bool final);
	// Steps of the end; true when done. Waits for room in the shared ring: for kDrainMs while the consumer takes nothing, for kMostDrainMs in all.
	bool finish();
	bool too_late();
	bool write(uint16_t kind, const void *payload, uint32_t bytes, uint32_t fresh);
	void wait(uint64_t until_ns);

	// Of all readers together: the closes of 390,000 sockets.
	static constexpr size_t kBacklogBytes = 64 << 20;
	static constexpr uint32_t kDrainMs = 5000;
	static constexpr uint32_t kMostDrainMs = 30000;
	static constexpr uint32_t kFullEvery = 10; // snapshots
	// A thread that is to end is asked so only where it runs JavaScript, between two polls.
	static constexpr uint64_t kMostPollMs = 50, kMostWaitMs = 100;

	ReaderSettings settings_;
	SharedRing ring_;
	Backlog backlog_;
	BatchPages pages_;
	Control control_;
	Snapshot snapshot_;
	UdpExpiry expiry_;
	WallOffset wall_;
	std::unique_ptr<Transport> transport_;
	std::vector<uint32_t> own_cpus_;
	std::vector<SeenBatches> seen_; // by cpu
	std::vector<CpuCounters> last_; // by cpu: the last consistent reading
	ct_account account_ = {};
	std::string error_;
	int epoll_ = -1;

	bool enabled_ = false;
	uint64_t next_pending_ = 0, next_interval_ = 0, last_expiry_ = 0; // monotonic ns
	uint64_t told_ended_ = 0;
	ct_snapshot_mark mark_ = {};
	bool force_full_ = true;

	enum class Ending { No, Drain, Flows, Snapshot, Done } ending_ = Ending::No;
	uint64_t drain_until_ = 0, drain_most_ = 0;
	uint32_t taken_ = 0;
	uint64_t drained_ns_ = 0; // boot clock
};

} // namespace conntrail

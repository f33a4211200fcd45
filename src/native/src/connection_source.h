// Everything about connections that one reader does: batches, open connections in snapshots, ends of UDP flows, and their account.
#pragma once

#include <string>
#include <vector>

#include "arrivals.h"
#include "control_page.h"
#include "open_batches.h"
#include "snapshot.h"
#include "source.h"
#include "udp_expiry.h"

namespace conntrail {

struct ConnectionSettings {
	int batches_fd, ring_fd, perf_fd, control_fd;
	std::vector<int> iterators; // links
	std::vector<int> walks; // programs
	int walk_rows_fd;
	int expiry, expiry_page_fd; // program, and the map of its rows
	uint32_t udp_flows;
	std::vector<int> programs; // those whose runs that the kernel skipped count
	std::vector<int> io_programs; // of them, those that count sends and receives
	bool perf;
	uint64_t kernel_buffer;
	uint32_t reader, readers, cpus; // reader i owns the CPUs c with c mod readers = i
	uint32_t pending_ms, interval_ms;
};

class ConnectionSource : public Source {
public:
	explicit ConnectionSource(const ConnectionSettings &settings);

	std::string open() override;
	bool ready() override { return control_.enabled(); }
	int epoll_fd() const override { return arrivals_.epoll_fd(); }
	uint64_t due_ns(uint64_t now) const override;
	Consumed run(Writer &out, uint64_t now) override;
	Consumed finish(Writer &out, bool late) override;

private:
	// The first reader does what is done once: snapshots, ends of UDP flows, the clock.
	bool first() const { return settings_.reader == 0; }
	void start_interval(Writer &out, bool full);
	void continue_snapshot(Writer &out);
	void tell_rows(Writer &out, const ct_conn *row, uint32_t rows);
	// UDP flows that have ended, as many as there is room for.
	void expire_flows(Writer &out, bool late);
	// A closed connection that left the kernel by being read. Accounts always find room: where there is none for both it is dropped.
	void tell_ended(Writer &out, const ct_conn &record);
	void mark(Writer &out, uint16_t kind);
	// Moves on what the kernel holds; when all of it found room, everything closed before is on its way (drained_ns_).
	void drain(Writer &out);
	void account(Writer &out, bool final);

	ConnectionSettings settings_;
	Control control_;
	OpenBatches batches_;
	Arrivals arrivals_;
	Snapshot snapshot_;
	UdpExpiry expiry_;

	uint64_t next_pending_ = 0, next_interval_ = 0, last_expiry_ = 0; // monotonic ns
	uint64_t told_ended_ = 0; // connections
	ct_snapshot_mark mark_ = {};
	bool force_full_ = true;
	uint64_t drained_ns_ = 0; // boot clock
	enum class Ending { No, Drain, Flows, Snapshot } ending_ = Ending::No;
};

} // namespace conntrail

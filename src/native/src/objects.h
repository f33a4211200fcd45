// Loading and attaching the BPF objects, with a result for each program.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace conntrail {

struct LoadSettings {
	std::string folder;
	std::string cgroup; // empty: no cgroup v2
	bool perf = false;
	uint64_t kernel_buffer = 0;
	uint32_t udp_flows = 0;
	uint32_t cpus = 0;
};

struct ProgramOutcome {
	std::string object, program, section, group;
	bool loaded = false, attached = false;
	int error = 0; // errno
	std::string reason;
	bool optional = false; // the group does its work without it
};

// Owns the objects, links and iterator links; the destructor removes all of them from the kernel.
class Objects {
public:
	explicit Objects(LoadSettings settings) : settings_(std::move(settings)) {}
	~Objects();
	Objects(const Objects &) = delete;
	Objects &operator=(const Objects &) = delete;

	// Never all-or-nothing: what this kernel refuses is an outcome. False when not even the shared maps could be made.
	bool load();
	const std::vector<ProgramOutcome> &outcomes() const { return outcomes_; }
	// Detaches everything that is called by the kernel's own work; iterators stay.
	void detach();
	// Runs the start-up iterator once, for its effect.
	void seed();

	int map_fd(const std::string &name) const;
	int link_fd(const std::string &program) const;
	// A program that is attached to nothing: the reader runs it. -1: absent.
	int walk_fd(const std::string &program) const;
	std::vector<int> program_fds() const;
	// Those that count sends and receives: what they miss may be a datagram that is not counted.
	std::vector<int> io_program_fds() const;

private:
	struct Attached {
		std::string program;
		bpf_link *link;
	};

	void load_object(const std::string &name, const std::string &group);
	void load_walks();
	bool load_programs(const std::string &name, const std::string &group, const std::string &only);
	bool prepare(bpf_object *object);
	void attach(bpf_program *program, ProgramOutcome &outcome);
	bpf_link *attach_by_type(bpf_program *program);
	bpf_link *attach_to_map(bpf_program *program, const char *map);

	LoadSettings settings_;
	std::vector<bpf_object *> objects_;
	std::vector<Attached> links_;
	std::vector<ProgramOutcome> outcomes_;
	std::map<std::string, int> maps_;
	std::map<std::string, int> walks_;
	std::vector<std::pair<std::string, int>> counted_; // programs whose recursion misses count
	int cgroup_fd_ = -1;
	int cgroup_error_ = ENOENT; // why there is none
	bool udp_on_ = false;
};

} // namespace conntrail

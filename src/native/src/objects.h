// The BPF objects in the kernel, with a result for each program.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "load_child.h"
#include "loaded.h"
#include "object_file.h"

namespace conntrail {

// Owns the descriptors of maps, programs and links; the destructor removes all of them from the kernel.
class Objects {
public:
	Objects(LoadSettings settings, LoadLimits limits) : settings_(std::move(settings)), limits_(limits) {}
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
	// Those that count sends and receives, the last to be asked: what they miss may be a datagram that is not counted.
	std::vector<int> io_program_fds() const;

private:
	void load_object(const std::string &name, const std::string &group);
	void load_walks();
	void load_programs(const std::string &name, const std::string &group, const std::string &only);
	void refuse(const std::string &name, const std::string &group, const std::string &program,
		    const Loaded &loaded);
	bool unfit(const std::string &name) const;
	bool group_unfit(const std::string &group) const;
	int find(Kind kind, const std::string &name) const;

	LoadSettings settings_;
	LoadLimits limits_;
	std::vector<Descriptor> descriptors_;
	std::vector<ProgramOutcome> outcomes_;
	int cgroup_fd_ = -1;
	int cgroup_error_ = 0; // errno: why there is none
	bool udp_on_ = false;
};

} // namespace conntrail

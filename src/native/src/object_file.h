// One BPF object file, loaded and attached. Runs in the process that loads.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "loaded.h"

namespace conntrail {

// An object file in memory, as it was compared with what was built; or why it may not be loaded.
struct ObjectBytes {
	std::string bytes;
	std::string refusal; // empty: it may
};

struct LoadSettings {
	std::map<std::string, ObjectBytes> objects; // by name
	std::string cgroup; // empty: none
	std::string without_cgroup; // why
	bool perf = false;
	uint64_t kernel_buffer = 0;
	uint32_t udp_flows = 0;
	uint32_t cpus = 0;
	bool io_twins = false; // tracepoints run preemptibly (7.0): each I/O program has a second one behind it
	std::set<std::string> extras; // objects that cost more than everybody should pay, by name

	bool asks_for(const std::string &object) const { return extras.count(object) > 0; }
};

struct ObjectRequest {
	std::string name, group;
	std::string only; // one program of it; empty: all
	bool udp_on = false;
	int cgroup_fd = -1;
};

// Loads the object, its maps shared with those of `maps` (by name), and attaches its programs. What does not attach is an outcome; when a
// program does not load, nothing of the object is.
Loaded load_object_file(const LoadSettings &settings, const ObjectRequest &request,
			const std::map<std::string, int> &maps);

// The programs of the object; nothing is loaded. Empty when it cannot be read.
std::vector<std::string> programs_in(const LoadSettings &settings, const std::string &name);

} // namespace conntrail

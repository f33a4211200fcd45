// One BPF object file, loaded and attached. Runs in the process that loads.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "loaded.h"

namespace conntrail {

// What the caller knows of an object; here no name means anything.
struct ObjectRequest {
	std::string object; // with its folder: "connections/tcp"
	std::string bytes; // the file, as it was compared with what was built
	std::string scope; // objects of one scope share maps of one name
	std::map<std::string, std::string> shared; // map → scope, for those that it shares with another scope
	std::map<std::string, uint32_t> maps; // most entries, for those that differ from what the object says
	std::map<std::string, uint64_t> knobs; // `const volatile` globals
	std::map<std::string, std::string> iterators; // program → the map it walks
	std::map<std::string, std::string> called; // program → the map it is put into, rather than attached
	std::set<std::string> skip; // programs that are not loaded
	int cgroup_fd = -1; // of programs that are attached to a cgroup

	// Maps of one name are one map in this scope.
	const std::string &scope_of(const std::string &map) const
	{
		auto found = shared.find(map);
		return found == shared.end() ? scope : found->second;
	}
};

// Loads the object, its maps shared with those of `maps` (by name), and attaches its programs: all, or the one that `only` names. What does
// not attach is an outcome; when a program does not load, nothing of the object is.
Loaded load_object_file(const ObjectRequest &request, const std::string &only, const std::map<std::string, int> &maps);

// The programs of the object that are not skipped; nothing is loaded. Empty when it cannot be read.
std::vector<std::string> programs_in(const ObjectRequest &request);

} // namespace conntrail

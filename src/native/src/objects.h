// The BPF objects in the kernel. Which there are, and what belongs together, is the caller's knowledge.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "load_child.h"
#include "loaded.h"
#include "object_file.h"

namespace conntrail {

// A program whose link may be gone.
struct RelinkRequest {
	std::string program, section;
	std::string map; // that it iterates over; empty: none
	bool wanted; // also when its link is still there
};

struct Relinked {
	std::string program;
	int error; // errno
};

// Owns the descriptors of maps, programs and links; the destructor removes all of them from the kernel.
class Objects {
public:
	explicit Objects(LoadLimits limits) : limits_(limits) {}
	~Objects();
	Objects(const Objects &) = delete;
	Objects &operator=(const Objects &) = delete;

	// Never all-or-nothing: what this kernel refuses is an outcome, one per program.
	std::vector<ProgramOutcome> load(const ObjectRequest &request);
	// Removes the programs of one object; its maps stay, since others may share them.
	void release(const std::string &scope, const std::string &object);
	// Removes everything of a scope.
	void release(const std::string &scope);
	// Attaches anew those links of these programs that were taken away behind our back; or, when none was, those that are wanted. Programs and
	// maps stay as they are. One for each that was to be attached.
	std::vector<Relinked> relink(const std::string &scope, const std::vector<RelinkRequest> &requests,
				     int cgroup_fd);
	// Detaches everything that is called by the kernel's own work, of all scopes; iterators stay.
	void detach();

	// -1: absent.
	int map_fd(const std::string &scope, const std::string &name) const;
	int link_fd(const std::string &scope, const std::string &program) const;
	int program_fd(const std::string &scope, const std::string &program) const;
	// Of all maps and programs.
	std::vector<int> descriptors() const;

private:
	struct Owned {
		std::string scope, object;
		Descriptor descriptor;
	};

	int relink(Owned &link, bool ours, int program, const std::string &section, int cgroup_fd, int map_fd);
	void load_programs(const ObjectRequest &request, const std::string &only,
			   std::vector<ProgramOutcome> &outcomes);
	std::map<std::string, int> maps_for(const ObjectRequest &request) const;
	template <typename Goes> void close_all(Goes goes);
	int find(Kind kind, const std::string &scope, const std::string &name) const;

	LoadLimits limits_;
	std::vector<Owned> owned_;
};

} // namespace conntrail

// The BPF objects in the kernel. Which there are, and what belongs together, is the caller's knowledge.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "load_child.h"
#include "loaded.h"
#include "object_file.h"

namespace conntrail {

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
	// Detaches everything that is called by the kernel's own work, of all scopes; iterators stay.
	void detach();

	// -1: absent.
	int map_fd(const std::string &scope, const std::string &name) const;
	int link_fd(const std::string &scope, const std::string &program) const;
	int program_fd(const std::string &scope, const std::string &program) const;

private:
	struct Owned {
		std::string scope, object;
		Descriptor descriptor;
	};

	void load_programs(const ObjectRequest &request, const std::string &only,
			   std::vector<ProgramOutcome> &outcomes);
	std::map<std::string, int> maps_for(const ObjectRequest &request) const;
	template <typename Goes> void close_all(Goes goes);
	int find(Kind kind, const std::string &scope, const std::string &name) const;

	LoadLimits limits_;
	std::vector<Owned> owned_;
};

} // namespace conntrail

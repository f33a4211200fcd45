// Attaching anew a program that is loaded already.
#pragma once

#include <string>

namespace conntrail {

// Whether the descriptor is still a link of that program, and the link still attached: either may have been taken away behind our back.
struct LinkState {
	bool ours, attached;
};
LinkState link_state(int link_fd, int program_fd);

// A new link of the program, by its section: tracing programs, those of a cgroup, and iterators over the map, where there is one (else -1). Less
// than 0: an errno.
int link_program(int program_fd, const std::string &section, int cgroup_fd, int map_fd);

} // namespace conntrail

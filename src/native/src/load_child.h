// Loading in a process of its own, within limits: a verifier that does not come to an end is stopped before it takes the host with it.
#pragma once

#include <cstdint>
#include <functional>

#include "loaded.h"

namespace conntrail {

struct LoadLimits {
	double seconds = 0; // of the child's CPU time, so that a busy host refuses nothing
	uint64_t memory = 0; // bytes of kernel memory that may come while it loads
};

// Runs `work` in a child and returns what it returned, its descriptors now this process's. A child that went beyond a limit, or ended without
// a result, is a Loaded with an error, a reason and what was exceeded; all that it had in the kernel is gone then.
// Blocks. Signals are to be held by the caller: the child inherits that.
Loaded load_in_child(const LoadLimits &limits, const std::function<Loaded()> &work);

} // namespace conntrail

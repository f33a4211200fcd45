// What this kernel can do, found out by trying.
#pragma once

#include <string>
#include <vector>

namespace conntrail {

struct ProbeResult {
	const char *name;
	int error; // errno; 0 = works
};

std::vector<ProbeResult> probe_kernel();

} // namespace conntrail

// What this kernel can do, found out by trying it as the programs will use it.
#pragma once

#include <string>
#include <vector>

namespace conntrail {

struct ProbeResult {
	const char *name;
	int error; // errno; 0 = works
	const char *
		cause; // why it was not tried: "btf" (there is none, or it is hidden), "cgroup" (none is mounted); else empty
	std::string log; // the verifier's last words, if it had any
};

// Programs are attached for a moment, where others of that kind will be. `cgroup` is the descriptor of the one to attach to, or -1.
std::vector<ProbeResult> probe_kernel(int cgroup);

// Whether programs may read memory by helpers: bpf/connections/reads.h. Takes well below a millisecond.
bool may_read_memory();

} // namespace conntrail

// What probes have in common: the kernel's types, and maps as the programs have them.
#pragma once

#include <bpf/btf.h>

#include "probe_program.h"

namespace conntrail {

class ProbedKernel {
public:
	ProbedKernel();
	~ProbedKernel();
	ProbedKernel(const ProbedKernel &) = delete;
	ProbedKernel &operator=(const ProbedKernel &) = delete;

	bool has_types() const { return types_ != nullptr; }
	// The kernel has its types, though its file of them cannot be read.
	bool hides_types() const;
	// errno of reading them.
	int error() const { return error_; }

	// Numbers of types; ≤ 0: there is none of that name.
	int function(const char *name) const;
	int structure(const char *name) const;
	int tracepoint(const char *name) const;
	// Whether a structure has a field of that name which is a plain number, and not an atomic one.
	bool has_number(const char *structure, const char *field) const;

	// Of what programs keep of a socket (with a lock in it), or of a task.
	OwnedFd storage(bpf_map_type type) const;

private:
	int find(const char *name, uint32_t kind) const;

	btf *types_ = nullptr; // the kernel's
	btf *own_ = nullptr; // of the storage
	int error_ = 0;
	int key_ = 0, value_ = 0;
};

} // namespace conntrail

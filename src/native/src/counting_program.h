// A program that counts the entries of one map, run where it is wanted and never attached.
#pragma once

#include <cstdint>

#include "probe_program.h"

namespace conntrail {

// It keeps its map: whoever has one closes it when nobody else has the map any more.
class CountingProgram {
public:
	// Writes and loads one; `error` is an errno when the kernel refuses it for a map of this type.
	CountingProgram(int map, int &error);

	bool valid() const { return program_.valid(); }
	// Its own, in the list of all programs; 0: not known.
	uint32_t id() const { return id_; }
	// Returns an errno.
	int run(uint64_t &entries) const;

private:
	OwnedFd program_;
	uint32_t id_ = 0;
};

} // namespace conntrail

// All BPF objects of the host, by their ids. Errors are errno, negative.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace conntrail {

enum class BpfKind : uint8_t { kMap, kProgram, kLink, kNone };

// "map", "program" or "link".
BpfKind bpf_kind_of(const std::string &name);
// In ascending order. 0, or why there are none: EPERM without CAP_SYS_ADMIN.
int list_ids(BpfKind kind, std::vector<uint32_t> &ids);
// A new descriptor, the caller's.
int open_by_id(BpfKind kind, uint32_t id);
// Of what is pinned there: for reading alone where more is not allowed.
int open_pinned(const std::string &path);
// While it is open, the kernel counts runs of programs and their time.
int open_statistics();

} // namespace conntrail

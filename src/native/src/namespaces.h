// The network namespaces of this host's processes.
#pragma once

#include <cstdint>

namespace conntrail {

// Makes a socket in each and closes it: programs that run when a socket is made see every namespace then. Returns how many; those that may not be
// entered are left out. On a thread of its own, so that the caller's stays where it is.
uint32_t visit_namespaces();

} // namespace conntrail

// Names of types of the kernel, its modules and programs.
#pragma once

#include <cstdint>
#include <string>

namespace conntrail {

// Of a type of the BTF object with this id; empty: it cannot be had. Reads all of that object's types: for names that are asked for once.
std::string type_name(uint32_t btf, uint32_t type);

} // namespace conntrail

// What the kernel tells of a map, a program, a link, or a perf event with a program, as an object of src/native/bpf-objects.ts.
#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

namespace conntrail {

// Each is the object, or an errno, negative.
Napi::Value map_info(Napi::Env env, int fd);
Napi::Value program_info(Napi::Env env, int fd);
// Ids of the maps that a program uses; none where they cannot be had.
std::vector<uint32_t> maps_of_program(int fd);
Napi::Value link_info(Napi::Env env, int fd);
// Of a descriptor in another process: BPF_TASK_FD_QUERY.
Napi::Value event_info(Napi::Env env, uint32_t pid, uint32_t fd);

} // namespace conntrail

// recursion_misses: runs the kernel skipped because a program would have interrupted itself (bpf_prog_info, since 5.12).
#pragma once

#include <bpf/bpf.h>

#include <cstdint>
#include <vector>

namespace conntrail {

inline uint64_t recursion_misses(int program_fd)
{
	bpf_prog_info info = {};
	uint32_t bytes = sizeof(info);
	if (program_fd < 0 || bpf_obj_get_info_by_fd(program_fd, &info, &bytes))
		return 0;
	return info.recursion_misses;
}

inline uint64_t recursion_misses(const std::vector<int> &program_fds)
{
	uint64_t sum = 0;
	for (int fd : program_fds)
		sum += recursion_misses(fd);
	return sum;
}

} // namespace conntrail

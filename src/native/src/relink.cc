#include "relink.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace conntrail {

namespace {

// The number of a descriptor that was closed may be another file's by now, of which the kernel would tell as readily.
bool is_link(int fd)
{
	char path[32], target[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	return length > 0 && memmem(target, static_cast<size_t>(length), "bpf_link", strlen("bpf_link"));
}

bool is_cgroup(bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR || type == BPF_PROG_TYPE_CGROUP_SOCK ||
	       type == BPF_PROG_TYPE_CGROUP_SKB;
}

} // namespace

LinkState link_state(int link_fd, int program_fd)
{
	bpf_prog_info program = {};
	bpf_link_info link = {};
	uint32_t program_size = sizeof(program), link_size = sizeof(link);

	if (link_fd < 0 || !is_link(link_fd) || bpf_prog_get_info_by_fd(program_fd, &program, &program_size) ||
	    bpf_link_get_info_by_fd(link_fd, &link, &link_size) || link.prog_id != program.id)
		return {false, false};
	// What `bpftool link detach` leaves, or a cgroup that was removed; links of other kinds go with their descriptors.
	return {true, link.type != BPF_LINK_TYPE_CGROUP || link.cgroup.cgroup_id != 0};
}

int link_program(int program_fd, const std::string &section, int cgroup_fd, int map_fd)
{
	bpf_prog_type type;
	bpf_attach_type attach;
	bpf_iter_link_info over = {};
	LIBBPF_OPTS(bpf_link_create_opts, options);

	if (libbpf_prog_type_by_name(section.c_str(), &type, &attach))
		return -EOPNOTSUPP;
	bool cgroup = is_cgroup(type);
	if (!cgroup && type != BPF_PROG_TYPE_TRACING)
		return -EOPNOTSUPP;
	if (attach == BPF_TRACE_ITER && map_fd >= 0) {
		over.map.map_fd = static_cast<uint32_t>(map_fd);
		options.iter_info = &over;
		options.iter_info_len = sizeof(over);
	}
	int fd = bpf_link_create(program_fd, cgroup ? cgroup_fd : 0, attach, &options);
	return fd < 0 ? -errno : fd;
}

} // namespace conntrail

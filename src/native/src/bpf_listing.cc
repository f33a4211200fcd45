#include "bpf_listing.h"

#include <bpf/bpf.h>
#include <errno.h>

namespace conntrail {

BpfKind bpf_kind_of(const std::string &name)
{
	if (name == "map")
		return BpfKind::kMap;
	if (name == "program")
		return BpfKind::kProgram;
	return name == "link" ? BpfKind::kLink : BpfKind::kNone;
}

namespace {

int next_id(BpfKind kind, uint32_t id, uint32_t *next)
{
	switch (kind) {
	case BpfKind::kMap:
		return bpf_map_get_next_id(id, next);
	case BpfKind::kProgram:
		return bpf_prog_get_next_id(id, next);
	case BpfKind::kLink:
		return bpf_link_get_next_id(id, next);
	case BpfKind::kNone:
		break;
	}
	return -EINVAL;
}

} // namespace

int list_ids(BpfKind kind, std::vector<uint32_t> &ids)
{
	uint32_t id = 0;

	for (;;) {
		int error = next_id(kind, id, &id);
		if (error)
			return error == -ENOENT ? 0 : error;
		ids.push_back(id);
	}
}

int open_by_id(BpfKind kind, uint32_t id)
{
	switch (kind) {
	case BpfKind::kMap:
		return bpf_map_get_fd_by_id(id);
	case BpfKind::kProgram:
		return bpf_prog_get_fd_by_id(id);
	case BpfKind::kLink:
		return bpf_link_get_fd_by_id(id);
	case BpfKind::kNone:
		break;
	}
	return -EINVAL;
}

int open_pinned(const std::string &path)
{
	int fd = bpf_obj_get(path.c_str());
	if (fd != -EPERM && fd != -EACCES)
		return fd;
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	return bpf_obj_get_opts(path.c_str(), &options);
}

int open_statistics()
{
	return bpf_enable_stats(BPF_STATS_RUN_TIME);
}

} // namespace conntrail

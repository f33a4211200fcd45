#include "type_names.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "probe_program.h"

namespace conntrail {

namespace {

// Types of modules follow those of the kernel: they are numbered as one.
bool of_module(uint32_t id)
{
	OwnedFd fd(bpf_btf_get_fd_by_id(id));
	char name[64] = {};
	bpf_btf_info info = {};
	uint32_t length = sizeof(info);

	info.name = reinterpret_cast<uintptr_t>(name);
	info.name_len = sizeof(name);
	if (!fd.valid() || bpf_btf_get_info_by_fd(fd.get(), &info, &length))
		return false;
	return info.kernel_btf && std::string(name) != "vmlinux";
}

std::string name_in(const btf *types, uint32_t type)
{
	const btf_type *found = btf__type_by_id(types, type);
	const char *name = found ? btf__name_by_offset(types, found->name_off) : nullptr;
	return name ? name : "";
}

} // namespace

std::string type_name(uint32_t id, uint32_t type)
{
	btf *kernel = of_module(id) ? btf__load_vmlinux_btf() : nullptr;
	btf *types = kernel ? btf__load_from_kernel_by_id_split(id, kernel) : btf__load_from_kernel_by_id(id);
	std::string name;

	if (types)
		name = name_in(types, type);
	btf__free(types);
	btf__free(kernel);
	return name;
}

} // namespace conntrail

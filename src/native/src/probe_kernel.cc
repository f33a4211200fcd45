#include "probe_kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include <string>

namespace conntrail {

namespace {

constexpr char kTypes[] = "/sys/kernel/btf/vmlinux";
constexpr uint32_t kValueBytes = 16; // struct { struct bpf_spin_lock lock; u32 first, second, third; }

} // namespace

ProbedKernel::ProbedKernel()
{
	types_ = btf__parse(kTypes, nullptr);
	error_ = types_ ? 0 : errno;
	own_ = btf__new_empty();
	if (!own_)
		return;
	key_ = btf__add_int(own_, "int", 4, BTF_INT_SIGNED);
	int lock = btf__add_struct(own_, "bpf_spin_lock", 4);
	btf__add_field(own_, "val", key_, 0, 0);
	value_ = btf__add_struct(own_, "ct_probe", kValueBytes);
	btf__add_field(own_, "lock", lock, 0, 0);
	for (const auto &[name, bits] : {std::pair("first", 32U), std::pair("second", 64U), std::pair("third", 96U)})
		btf__add_field(own_, name, key_, bits, 0);
	// Where it fails, so do the maps, and with the reason.
	btf__load_into_kernel(own_);
}

ProbedKernel::~ProbedKernel()
{
	btf__free(types_);
	btf__free(own_);
}

bool ProbedKernel::hides_types() const
{
	uint32_t id = 0;

	while (!types_ && !bpf_btf_get_next_id(id, &id)) {
		char name[16] = {};
		bpf_btf_info info = {};
		uint32_t size = sizeof(info);
		OwnedFd fd(bpf_btf_get_fd_by_id(id));
		info.name = reinterpret_cast<uintptr_t>(name);
		info.name_len = sizeof(name);
		if (fd.valid() && !bpf_btf_get_info_by_fd(fd.get(), &info, &size) && info.kernel_btf &&
		    !strcmp(name, "vmlinux"))
			return true;
	}
	return false;
}

int ProbedKernel::find(const char *name, uint32_t kind) const
{
	return types_ ? btf__find_by_name_kind(types_, name, kind) : -ENOENT;
}

int ProbedKernel::function(const char *name) const
{
	return find(name, BTF_KIND_FUNC);
}

int ProbedKernel::structure(const char *name) const
{
	return find(name, BTF_KIND_STRUCT);
}

int ProbedKernel::tracepoint(const char *name) const
{
	return find((std::string("btf_trace_") + name).c_str(), BTF_KIND_TYPEDEF);
}

bool ProbedKernel::has_number(const char *structure, const char *field) const
{
	int id = find(structure, BTF_KIND_STRUCT);
	if (id <= 0)
		return false;
	const btf_type *type = btf__type_by_id(types_, static_cast<uint32_t>(id));
	const btf_member *member = btf_members(type);
	for (int i = 0; i < btf_vlen(type); i++) {
		if (strcmp(btf__name_by_offset(types_, member[i].name_off), field))
			continue;
		int number = btf__resolve_type(types_, member[i].type);
		return number > 0 && btf_is_int(btf__type_by_id(types_, static_cast<uint32_t>(number)));
	}
	return false;
}

OwnedFd ProbedKernel::storage(bpf_map_type type) const
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	options.map_flags = BPF_F_NO_PREALLOC;
	options.btf_fd = own_ ? static_cast<uint32_t>(btf__fd(own_)) : 0;
	options.btf_key_type_id = static_cast<uint32_t>(key_);
	bool locked = type == BPF_MAP_TYPE_SK_STORAGE;
	options.btf_value_type_id = static_cast<uint32_t>(locked ? value_ : key_);
	return OwnedFd(bpf_map_create(type, "ct_probe", 4, locked ? kValueBytes : 4, 0, &options));
}

} // namespace conntrail

// `const volatile` globals of a BPF object, set before it is loaded.
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cstdint>
#include <cstring>

namespace conntrail {

// Sets an unsigned variable of .rodata by its name; false when the object has none, or the value does not fit.
inline bool set_knob(bpf_object *object, const char *name, uint64_t value)
{
	bpf_map *rodata = nullptr;
	bpf_object__for_each_map (rodata, object)
		if (bpf_map__is_internal(rodata) && strstr(bpf_map__name(rodata), ".rodata"))
			break;
	btf *types = bpf_object__btf(object);
	int section = types ? btf__find_by_name_kind(types, ".rodata", BTF_KIND_DATASEC) : -1;
	if (!rodata || section < 0)
		return false;
	size_t bytes = 0;
	auto *memory = static_cast<char *>(bpf_map__initial_value(rodata, &bytes));
	const btf_type *datasec = btf__type_by_id(types, static_cast<uint32_t>(section));
	const btf_var_secinfo *variable = btf_var_secinfos(datasec);
	for (int i = 0; memory && i < btf_vlen(datasec); i++, variable++) {
		const btf_type *type = btf__type_by_id(types, variable->type);
		if (strcmp(btf__name_by_offset(types, type->name_off), name))
			continue;
		size_t size = variable->size;
		if (size > sizeof(value) || variable->offset + size > bytes ||
		    (size < sizeof(value) && value >> (size * 8)))
			return false;
		// The low bytes come first: BPF and whoever loads it have one byte order, that of x86-64.
		memcpy(memory + variable->offset, &value, size);
		return true;
	}
	return false;
}

} // namespace conntrail

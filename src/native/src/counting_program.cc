#include "counting_program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/if_ether.h>

#include <iterator>

namespace conntrail {

namespace {

constexpr const char *kName = "ct_count";
constexpr int kCallback = 8; // its first instruction

// The verifier wants to know the types of a callback: two functions that return a number.
OwnedFd load_types(uint32_t &main, uint32_t &callback)
{
	btf *types = btf__new_empty();
	if (!types)
		return OwnedFd(-ENOMEM);
	int number = btf__add_int(types, "long", 8, BTF_INT_SIGNED);
	int prototype = btf__add_func_proto(types, number);
	int first = btf__add_func(types, kName, BTF_FUNC_GLOBAL, prototype);
	int second = btf__add_func(types, "ct_next", BTF_FUNC_STATIC, prototype);
	uint32_t size = 0;
	const void *raw = btf__raw_data(types, &size);
	int fd = first > 0 && second > 0 && raw ? bpf_btf_load(raw, size, nullptr) : -ENOMEM;

	btf__free(types);
	main = static_cast<uint32_t>(first);
	callback = static_cast<uint32_t>(second);
	return OwnedFd(fd);
}

bpf_insn instruction(int code, uint8_t to, uint8_t from, int32_t value)
{
	return {static_cast<uint8_t>(code), static_cast<uint8_t>(to & 0xf), static_cast<uint8_t>(from & 0xf), 0, value};
}

} // namespace

CountingProgram::CountingProgram(int map, int &error)
{
	constexpr int kLoad = BPF_LD | BPF_DW | BPF_IMM, kMove = BPF_ALU64 | BPF_MOV | BPF_K;
	// return bpf_for_each_map_elem(map, next, NULL, 0); next() { return 0; }
	const bpf_insn instructions[] = {
		instruction(kLoad, BPF_REG_1, BPF_PSEUDO_MAP_FD, map),
		instruction(0, 0, 0, 0),
		instruction(kLoad, BPF_REG_2, BPF_PSEUDO_FUNC, kCallback - 3),
		instruction(0, 0, 0, 0),
		instruction(kMove, BPF_REG_3, 0, 0),
		instruction(kMove, BPF_REG_4, 0, 0),
		instruction(BPF_JMP | BPF_CALL, 0, 0, BPF_FUNC_for_each_map_elem),
		instruction(BPF_JMP | BPF_EXIT, 0, 0, 0),
		instruction(kMove, BPF_REG_0, 0, 0),
		instruction(BPF_JMP | BPF_EXIT, 0, 0, 0),
	};
	uint32_t main = 0, callback = 0;
	OwnedFd types = load_types(main, callback);
	if (!types.valid()) {
		error = -types.get();
		return;
	}
	const bpf_func_info functions[] = {{0, main}, {kCallback, callback}};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_btf_fd = static_cast<uint32_t>(types.get()),
		    .func_info = functions, .func_info_cnt = static_cast<uint32_t>(std::size(functions)),
		    .func_info_rec_size = sizeof(bpf_func_info));
	OwnedFd program(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, kName, "GPL", instructions, std::size(instructions),
				      &options));
	error = program.valid() ? 0 : errno;
	if (error)
		return;
	bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	if (!bpf_prog_get_info_by_fd(program.get(), &info, &length))
		id_ = info.id;
	program_ = std::move(program);
}

int CountingProgram::run(uint64_t &entries) const
{
	// It is run on a packet, and looks at none of it.
	const uint8_t packet[ETH_HLEN] = {};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);
	if (bpf_prog_test_run_opts(program_.get(), &options))
		return errno;
	// The helper tells how many it went through, or an error.
	int32_t told = static_cast<int32_t>(options.retval);
	if (told < 0)
		return -told;
	entries = static_cast<uint64_t>(told);
	return 0;
}

} // namespace conntrail

#include "probe_program.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include <utility>

#include "libbpf_log.h"

namespace conntrail {

namespace {

constexpr size_t kLogBytes = 16 * 1024; // of programs of a few instructions

} // namespace

OwnedFd &OwnedFd::operator=(OwnedFd &&other) noexcept
{
	std::swap(fd_, other.fd_);
	return *this;
}

OwnedFd::~OwnedFd()
{
	if (fd_ >= 0)
		close(fd_);
}

Program &Program::add(int code, uint8_t to, uint8_t from, int16_t offset, int32_t value)
{
	bpf_insn instruction = {};
	instruction.code = static_cast<uint8_t>(code);
	instruction.dst_reg = to & 0xf;
	instruction.src_reg = from & 0xf;
	instruction.off = offset;
	instruction.imm = value;
	instructions_.push_back(instruction);
	return *this;
}

Program &Program::move(uint8_t to, int32_t value)
{
	return add(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

Program &Program::copy(uint8_t to, uint8_t from)
{
	return add(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

Program &Program::address(uint8_t to, uint8_t from, int32_t offset)
{
	return copy(to, from).add(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, offset);
}

Program &Program::load(uint8_t to, uint8_t from, int16_t offset)
{
	return add(BPF_LDX | BPF_MEM | BPF_DW, to, from, offset, 0);
}

Program &Program::store(uint8_t to, int16_t offset, int32_t value)
{
	return add(BPF_ST | BPF_MEM | BPF_DW, to, 0, offset, value);
}

Program &Program::map(uint8_t to, int fd)
{
	return add(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, fd).add(0, 0, 0, 0, 0);
}

Program &Program::call(bpf_func_id helper)
{
	return add(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

Program &Program::call_function(int32_t id)
{
	return add(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id);
}

Program &Program::atomic(int32_t operation, uint8_t to, int16_t offset, uint8_t from)
{
	return add(BPF_STX | BPF_ATOMIC | BPF_DW, to, from, offset, operation);
}

Program &Program::skip_if_zero(uint8_t which, int16_t instructions)
{
	return add(BPF_JMP | BPF_JEQ | BPF_K, which, 0, instructions, 0);
}

Program &Program::end(int32_t value)
{
	return move(0, value).add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

OwnedFd load_program(const Place &place, const Program &program, Answer &answer)
{
	std::vector<char> log(kLogBytes);
	LIBBPF_OPTS(bpf_prog_load_opts, options);
	options.expected_attach_type = place.attach;
	options.attach_btf_id = place.type_id > 0 ? static_cast<uint32_t>(place.type_id) : 0;
	options.prog_flags = place.flags;
	options.log_level = 1;
	options.log_buf = log.data();
	options.log_size = kLogBytes;
	const std::vector<bpf_insn> &instructions = program.instructions();
	OwnedFd fd(bpf_prog_load(place.type, "ct_probe", "GPL", instructions.data(), instructions.size(), &options));
	if (!fd.valid()) {
		answer.error = errno;
		answer.log = words_of(log.data()).line;
	}
	return fd;
}

Answer try_program(const Place &place, const Program &program)
{
	Answer answer;
	load_program(place, program, answer);
	return answer;
}

Answer try_helper(const Place &place, bpf_func_id helper)
{
	Answer answer = try_program(place, Program().call(helper).end(0));
	// Of a policy the verifier does not write; a helper that is not there is EINVAL.
	return answer.error == EACCES && !answer.log.empty() ? Answer() : answer;
}

Answer answer_of(int fd)
{
	Answer answer;
	if (fd < 0)
		answer.error = errno;
	else
		close(fd);
	return answer;
}

} // namespace conntrail

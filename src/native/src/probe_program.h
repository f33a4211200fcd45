// Small programs for probes, in the kernel's own instructions, and what the kernel makes of them.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace conntrail {

// A descriptor that is closed with its owner.
class OwnedFd {
public:
	explicit OwnedFd(int fd = -1) : fd_(fd) {}
	~OwnedFd();
	OwnedFd(OwnedFd &&other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
	OwnedFd(const OwnedFd &) = delete;
	OwnedFd &operator=(const OwnedFd &) = delete;
	OwnedFd &operator=(OwnedFd &&other) noexcept;

	int get() const { return fd_; }
	bool valid() const { return fd_ >= 0; }

private:
	int fd_;
};

// Instructions, one after the other. Registers by their number: 1 is the context, 10 the end of the stack.
class Program {
public:
	Program &move(uint8_t to, int32_t value);
	Program &copy(uint8_t to, uint8_t from);
	Program &address(uint8_t to, uint8_t from, int32_t offset);
	// 8 bytes from, or to, the memory that a register points at.
	Program &load(uint8_t to, uint8_t from, int16_t offset);
	Program &store(uint8_t to, int16_t offset, int32_t value);
	Program &map(uint8_t to, int fd);
	Program &call(bpf_func_id helper);
	// A function of the kernel, by the number of its type.
	Program &call_function(int32_t id);
	// BPF_XCHG, BPF_CMPXCHG or BPF_ADD | BPF_FETCH of 8 bytes.
	Program &atomic(int32_t operation, uint8_t to, int16_t offset, uint8_t from);
	Program &skip_if_zero(uint8_t which, int16_t instructions);
	Program &end(int32_t value);

	const std::vector<bpf_insn> &instructions() const { return instructions_; }

private:
	Program &add(int code, uint8_t to, uint8_t from, int16_t offset, int32_t value);

	std::vector<bpf_insn> instructions_;
};

// What a program is loaded for.
struct Place {
	bpf_prog_type type;
	bpf_attach_type attach = static_cast<bpf_attach_type>(0);
	int type_id = 0; // of what a typed program is attached to
	uint32_t flags = 0;
};

// What the kernel said to one try.
struct Answer {
	int error = 0; // errno; 0: it works
	std::string log; // the verifier's last words, if it had any
};

// Where it is refused the descriptor is not valid, and the answer says why.
OwnedFd load_program(const Place &place, const Program &program, Answer &answer);
Answer try_program(const Place &place, const Program &program);
// Of a helper whose arguments cannot be made up in a few instructions: one that programs of this type have is refused for want of them.
Answer try_helper(const Place &place, bpf_func_id helper);
// What a system call returned: a descriptor, which is closed, or an error in errno.
Answer answer_of(int fd);

} // namespace conntrail

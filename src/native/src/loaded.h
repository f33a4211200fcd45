// What the kernel made of one object file, and how it travels from the process that loads to the tracer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace conntrail {

// What of its limits the verifier went beyond.
enum class Exceeded : uint8_t { kNothing, kTime, kMemory };

struct ProgramOutcome {
	std::string program, section;
	bool loaded = false, attached = false;
	int error = 0; // errno
	std::string reason;
	bool rejected = false; // by the verifier
	uint32_t instructions =
		0; // that the verifier went through; 0: not loaded, or the kernel does not tell (before 5.16)
	Exceeded exceeded = Exceeded::kNothing;
};

enum class Kind : uint8_t {
	kMap,
	kSlot, // a map that calls the program of this name
	kLink,
	kIteratorLink,
	kIteratorProgram, // of an iterator's link
	kProgram, // one that others run: it is called by the kernel's work, or by whoever has its descriptor
};

struct Descriptor {
	Kind kind;
	std::string name;
	int fd;
};

struct Loaded {
	int error = 0; // errno of the object as a whole; then there are no outcomes and no descriptors
	std::string reason;
	bool rejected = false; // by the verifier
	Exceeded exceeded = Exceeded::kNothing;
	std::vector<ProgramOutcome> outcomes;
	std::vector<Descriptor> descriptors;
};

// One message with the descriptors in it. 0, or an errno: EMSGSIZE when it holds more than a message can.
int send_loaded(int socket, const Loaded &loaded);
// The descriptors are new ones, close-on-exec, the caller's. 0, or an errno: EPIPE when the other end closed without a message, EMFILE when
// this process may not have so many descriptors, EBADMSG when it is not what send_loaded writes.
int receive_loaded(int socket, Loaded &loaded);

} // namespace conntrail

#include "loaded.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace conntrail {

namespace {

constexpr size_t kMostDescriptors = 253; // SCM_MAX_FD of the kernel (include/net/scm.h)
constexpr size_t kMostBytes = 64 * 1024; // below the default size of a socket's buffer (net.core.wmem_default)
constexpr size_t kMostReason = 2048; // policy: bytes of a reason that are told

// Numbers and texts in the byte order of this machine: both ends are this program.
class Packer {
public:
	void number(uint32_t value) { bytes.append(reinterpret_cast<const char *>(&value), sizeof(value)); }
	void text(const std::string &value)
	{
		number(static_cast<uint32_t>(value.size()));
		bytes += value;
	}

	std::string bytes;
};

class Unpacker {
public:
	Unpacker(const char *bytes, size_t size) : at_(bytes), left_(size) {}

	uint32_t number()
	{
		uint32_t value = 0;
		if (!take(sizeof(value)))
			return 0;
		memcpy(&value, at_ - sizeof(value), sizeof(value));
		return value;
	}
	std::string text()
	{
		uint32_t size = number();
		return take(size) ? std::string(at_ - size, size) : std::string();
	}
	bool right() const { return right_; }

private:
	bool take(size_t size)
	{
		right_ = right_ && size <= left_;
		if (!right_)
			return false;
		at_ += size;
		left_ -= size;
		return true;
	}

	const char *at_;
	size_t left_;
	bool right_ = true;
};

void pack(Packer &packer, const ProgramOutcome &outcome)
{
	for (const std::string &text : {outcome.program, outcome.section, outcome.reason.substr(0, kMostReason)})
		packer.text(text);
	packer.number(outcome.loaded);
	packer.number(outcome.attached);
	packer.number(static_cast<uint32_t>(outcome.error));
	packer.number(outcome.rejected);
	packer.number(outcome.instructions);
}

ProgramOutcome unpack(Unpacker &unpacker)
{
	ProgramOutcome outcome;
	for (std::string *text : {&outcome.program, &outcome.section, &outcome.reason})
		*text = unpacker.text();
	outcome.loaded = unpacker.number() != 0;
	outcome.attached = unpacker.number() != 0;
	outcome.error = static_cast<int>(unpacker.number());
	outcome.rejected = unpacker.number() != 0;
	outcome.instructions = unpacker.number();
	return outcome;
}

// Space for the largest set of descriptors; a buffer of chars would not be aligned for a cmsghdr.
union Control {
	cmsghdr align;
	char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int))];
};

bool decode(const std::vector<char> &bytes, size_t size, const std::vector<int> &fds, Loaded &loaded)
{
	Unpacker unpacker(bytes.data(), size);
	loaded.error = static_cast<int>(unpacker.number());
	loaded.reason = unpacker.text();
	loaded.rejected = unpacker.number() != 0;
	for (uint32_t left = unpacker.number(); left && unpacker.right(); left--)
		loaded.outcomes.push_back(unpack(unpacker));
	for (int fd : fds) {
		Kind kind = static_cast<Kind>(unpacker.number());
		loaded.descriptors.push_back({kind, unpacker.text(), fd});
	}
	return unpacker.right();
}

} // namespace

int send_loaded(int socket, const Loaded &loaded)
{
	Packer packer;
	Control control = {};
	std::vector<int> fds;

	packer.number(static_cast<uint32_t>(loaded.error));
	packer.text(loaded.reason.substr(0, kMostReason));
	packer.number(loaded.rejected);
	packer.number(static_cast<uint32_t>(loaded.outcomes.size()));
	for (const ProgramOutcome &outcome : loaded.outcomes)
		pack(packer, outcome);
	for (const Descriptor &descriptor : loaded.descriptors) {
		packer.number(static_cast<uint32_t>(descriptor.kind));
		packer.text(descriptor.name);
		fds.push_back(descriptor.fd);
	}
	if (fds.size() > kMostDescriptors || packer.bytes.size() > kMostBytes)
		return EMSGSIZE;
	iovec data = {packer.bytes.data(), packer.bytes.size()};
	msghdr message = {};
	message.msg_iov = &data;
	message.msg_iovlen = 1;
	if (!fds.empty()) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
		cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
		memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

int receive_loaded(int socket, Loaded &loaded)
{
	std::vector<char> bytes(kMostBytes);
	Control control = {};
	std::vector<int> fds;
	iovec data = {bytes.data(), bytes.size()};
	msghdr message = {};
	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof(control.bytes);

	ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (size <= 0)
		return size < 0 ? errno : EPIPE;
	cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		fds.resize((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds.data(), CMSG_DATA(header), fds.size() * sizeof(int));
	}
	int error = 0;
	// Descriptors that this process may not have are left out, with nothing but this flag to tell.
	if (message.msg_flags & MSG_CTRUNC)
		error = EMFILE;
	else if (!decode(bytes, static_cast<size_t>(size), fds, loaded))
		error = EBADMSG;
	if (error) {
		for (int fd : fds)
			close(fd);
		loaded = Loaded();
	}
	return error;
}

} // namespace conntrail

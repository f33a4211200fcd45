#include "iterator_rows.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "probe_program.h"

namespace conntrail {

ssize_t read_rows(int link, uint8_t *into, size_t room)
{
	OwnedFd iterator(bpf_iter_create(link));
	size_t size = 0;

	if (!iterator.valid())
		return -errno;
	while (size < room) {
		ssize_t got = read(iterator.get(), into + size, room - size);
		if (got < 0 && errno == EINTR)
			continue;
		// The iterator skipped a row that found no room in the file of the kernel's, and goes on with the next.
		if (got < 0 && errno == EAGAIN)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += static_cast<size_t>(got);
	}
	return static_cast<ssize_t>(size);
}

ssize_t read_rows_of(int program, uint32_t pid, uint8_t *into, size_t room)
{
	bpf_iter_link_info wanted = {};
	bpf_link_info made = {};
	uint32_t length = sizeof(made);
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &wanted, .iter_info_len = sizeof(wanted));

	wanted.task.pid = pid;
	OwnedFd link(bpf_link_create(program, 0, BPF_TRACE_ITER, &options));
	if (!link.valid())
		return -errno;
	// A kernel that does not know the limit takes it without a word.
	if (bpf_link_get_info_by_fd(link.get(), &made, &length) || made.iter.task.pid != pid)
		return -EOPNOTSUPP;
	return read_rows(link.get(), into, room);
}

} // namespace conntrail

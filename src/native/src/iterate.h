// Walking what a BPF iterator walks.
#pragma once

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

namespace conntrail {

// Walks all of it once, for its effect. 0, or an errno.
inline int iterate(int link_fd)
{
	int iterator = link_fd < 0 ? -EBADF : bpf_iter_create(link_fd);
	char nothing[64];
	ssize_t bytes = 0;

	if (iterator < 0)
		return -iterator;
	do
		bytes = read(iterator, nothing, sizeof(nothing));
	while (bytes > 0 || (bytes < 0 && (errno == EINTR || errno == EAGAIN)));
	int error = bytes < 0 ? errno : 0;
	close(iterator);
	return error;
}

} // namespace conntrail

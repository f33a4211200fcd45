// SPDX-License-Identifier: Apache-2.0
#include "payload.h"

#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

static char buffer[CHUNK];

/* A file of zeroes to send from, and a pipe to splice through; one of each per process. */
static int source_file(void)
{
	static int file = -1;

	if (file < 0) {
		file = memfd_create("payload", MFD_CLOEXEC);
		if (file < 0 || ftruncate(file, CHUNK))
			die("memfd");
	}
	return file;
}

static int *splice_pipe(void)
{
	static int ends[2] = {-1, -1};

	if (ends[0] < 0 && pipe2(ends, O_CLOEXEC))
		die("pipe");
	return ends;
}

static ssize_t send_sendfile(int fd, size_t bytes)
{
	off_t offset = 0;

	return sendfile(fd, source_file(), &offset, bytes);
}

static ssize_t send_splice(int fd, size_t bytes)
{
	int *ends = splice_pipe();
	loff_t offset = 0;
	ssize_t loaded = splice(source_file(), &offset, ends[1], NULL, bytes, SPLICE_F_MOVE);
	ssize_t sent, done = 0;

	if (loaded <= 0)
		die("splice from a file");
	while (done < loaded) {
		sent = splice(ends[0], NULL, fd, NULL, loaded - done, SPLICE_F_MOVE);
		if (sent <= 0)
			die("splice to a socket");
		done += sent;
	}
	return done;
}

static ssize_t send_vector(int fd, size_t bytes, bool message)
{
	struct iovec parts[2] = {{buffer, bytes / 3}, {buffer, bytes - bytes / 3}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};

	return message ? sendmsg(fd, &header, MSG_NOSIGNAL) : writev(fd, parts, 2);
}

static ssize_t send_piece(int fd, size_t bytes, enum send_method method)
{
	switch (method) {
	case SEND_WRITE:
		return write(fd, buffer, bytes);
	case SEND_WRITEV:
		return send_vector(fd, bytes, false);
	case SEND_SENDMSG:
		return send_vector(fd, bytes, true);
	case SEND_SENDFILE:
		return send_sendfile(fd, bytes);
	case SEND_SPLICE:
		return send_splice(fd, bytes);
	default:
		return send(fd, buffer, bytes, MSG_NOSIGNAL);
	}
}

uint64_t payload_send(int fd, uint64_t bytes, enum send_method method)
{
	uint64_t done = 0;
	ssize_t sent;

	while (done < bytes) {
		sent = send_piece(fd, bytes - done < CHUNK ? bytes - done : CHUNK, method);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			break;
		done += sent;
	}
	return done;
}

static ssize_t receive_peek(int fd, size_t bytes)
{
	if (recv(fd, buffer, bytes, MSG_PEEK) < 0 || recv(fd, buffer, bytes, MSG_PEEK) < 0)
		return -1;
	return recv(fd, buffer, bytes, 0);
}

static ssize_t receive_splice(int fd, size_t bytes)
{
	int *ends = splice_pipe();
	ssize_t taken = splice(fd, NULL, ends[1], NULL, bytes, SPLICE_F_MOVE);
	ssize_t done = 0, drained;

	while (done < taken) {
		drained = read(ends[0], buffer, taken - done < CHUNK ? taken - done : CHUNK);
		if (drained <= 0)
			die("read from a pipe");
		done += drained;
	}
	return taken;
}

static ssize_t receive_vector(int fd, size_t bytes, bool message)
{
	struct iovec parts[2] = {{buffer, bytes / 2}, {buffer + bytes / 2, bytes - bytes / 2}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};

	return message ? recvmsg(fd, &header, 0) : readv(fd, parts, 2);
}

static ssize_t receive_piece(int fd, size_t bytes, enum receive_method method)
{
	switch (method) {
	case RECEIVE_READ:
		return read(fd, buffer, bytes);
	case RECEIVE_READV:
		return receive_vector(fd, bytes, false);
	case RECEIVE_RECVMSG:
		return receive_vector(fd, bytes, true);
	case RECEIVE_PEEK:
		return receive_peek(fd, bytes);
	case RECEIVE_DISCARD:
		return recv(fd, NULL, bytes, MSG_TRUNC);
	case RECEIVE_SPLICE:
		return receive_splice(fd, bytes);
	default:
		return recv(fd, buffer, bytes, 0);
	}
}

uint64_t payload_receive(int fd, uint64_t bytes, enum receive_method method)
{
	uint64_t done = 0;
	ssize_t taken;

	while (done < bytes) {
		taken = receive_piece(fd, bytes - done < CHUNK ? bytes - done : CHUNK, method);
		if (taken < 0 && errno == EINTR)
			continue;
		if (taken <= 0)
			break;
		done += taken;
	}
	return done;
}

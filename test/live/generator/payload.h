/* SPDX-License-Identifier: Apache-2.0 */
/* Moves an exact number of bytes through a TCP socket, by every call an application may use for it. */
#ifndef TRAFFIC_PAYLOAD_H
#define TRAFFIC_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

enum send_method {
	SEND_WRITE,
	SEND_SEND,
	SEND_WRITEV,
	SEND_SENDMSG,
	SEND_SENDFILE,
	SEND_SPLICE,
	SEND_METHODS,
};

enum receive_method {
	RECEIVE_READ,
	RECEIVE_RECV,
	RECEIVE_READV,
	RECEIVE_RECVMSG,
	RECEIVE_PEEK, /* each piece is peeked at twice before it is taken */
	RECEIVE_DISCARD, /* MSG_TRUNC: taken without being copied */
	RECEIVE_SPLICE,
	RECEIVE_METHODS,
};

/* Both return the bytes moved, which are fewer than asked for only on an error (errno is set) or at the end of the stream. */
uint64_t payload_send(int fd, uint64_t bytes, enum send_method method);
uint64_t payload_receive(int fd, uint64_t bytes, enum receive_method method);

#endif

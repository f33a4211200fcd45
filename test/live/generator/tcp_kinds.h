/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of TCP. Each makes the connections of its item, closes them, and writes down what is expected of their ends. */
#ifndef TRAFFIC_TCP_KINDS_H
#define TRAFFIC_TCP_KINDS_H

#include "tcp_pair.h"

/* transfers.c: connections that end in good order. */
void tcp_plain(struct lane *lane, const struct item *item);
void tcp_half_closed(struct lane *lane, const struct item *item);
void tcp_server_first(struct lane *lane, const struct item *item);
void tcp_read_shut(struct lane *lane, const struct item *item);
void tcp_spliced(struct lane *lane, const struct item *item);
void tcp_megabytes(struct lane *lane, const struct item *item);
void tcp_lossy(struct lane *lane, const struct item *item);
void tcp_self(struct lane *lane, const struct item *item);

/* owners.c: who has the accepted socket. */
void tcp_no_io(struct lane *lane, const struct item *item);
void tcp_child(struct lane *lane, const struct item *item);

/* resets.c: one end resets the connection, once all bytes are accounted for. */
void tcp_reset(struct lane *lane, const struct item *item);

/* attempts.c: refused, and several connects on one socket. */
#define TCP_CHAIN_SPAN 4 /* connections of one tcp_chain, one of them refused, one reset */
void tcp_refused(struct lane *lane, const struct item *item);
void tcp_chain(struct lane *lane, const struct item *item);

/* lasting.c: open while the others come and go. tcp_lasting_step is called now and then, tcp_lasting_end once. */
void tcp_lasting(struct lane *lane, const struct item *item);
void tcp_lasting_step(struct lane *lane);
void tcp_lasting_end(struct lane *lane);

#endif

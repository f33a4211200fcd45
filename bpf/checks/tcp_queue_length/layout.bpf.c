// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
#include "frames.h"

enum ct_constants {
	CT_CONST_FEATURE = CT_FEATURE_TCP_QUEUE_LENGTH,
	CT_CONST_COMM_LENGTH = CT_TCP_QUEUE_COMM_LEN,
	CT_CONST_INET = CT_TCP_QUEUE_INET,
	CT_CONST_INET6 = CT_TCP_QUEUE_INET6,
	CT_CONST_WRITERS = CT_TCP_QUEUE_WRITERS,
	CT_CONST_SWEEP_PLACE = CT_TCP_QUEUE_SWEEP_PLACE,
};

struct ct_layout {
	struct ct_tcp_queue tcp_queue;
	struct ct_tcp_queue_peak peak;
	struct ct_tcp_queue_peaks peaks;
	struct ct_tcp_queue_recent recent;
	enum ct_tcp_queue_length_kind kind;
	enum ct_tcp_queue_length_group group;
	enum ct_tcp_queue_length_lost lost;
	enum ct_tcp_queue_flag flag;
	enum ct_tcp_queue_writer writer;
	enum ct_tcp_queue_epoch epoch;
	enum ct_constants constants;
};

struct ct_layout layout;

// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
#include "frames.h"

enum ct_constants {
	CT_CONST_NAME_LENGTH = CT_EBPF_NAME_LEN,
	CT_CONST_COMM_LENGTH = CT_EBPF_COMM_LEN,
	CT_CONST_TAG_LENGTH = CT_EBPF_TAG_LEN,
	CT_CONST_OWNERS = CT_EBPF_OWNERS,
	CT_CONST_ATTACHMENTS = CT_EBPF_ATTACHMENTS,
	CT_CONST_PATHS = CT_EBPF_PATHS,
	CT_CONST_PATH_LENGTH = CT_EBPF_PATH_LEN,
	CT_CONST_TARGET_LENGTH = CT_EBPF_TARGET_LEN,
	CT_CONST_NO_ATTACH_TYPE = CT_EBPF_NO_ATTACH_TYPE,
	CT_CONST_FEATURE = CT_FEATURE_EBPF,
};

struct ct_layout {
	struct ct_ebpf_object object;
	struct ct_ebpf_owner owner;
	struct ct_ebpf_attachment attachment;
	struct ct_ebpf_map map;
	struct ct_ebpf_program program;
	struct ct_ebpf_round round;
	enum ct_ebpf_kind kind;
	enum ct_ebpf_group group;
	enum ct_ebpf_lost lost;
	enum ct_ebpf_known known;
	enum ct_ebpf_reason reason;
	enum ct_ebpf_entries_by entries_by;
	enum ct_ebpf_entries_reason entries_reason;
	enum ct_ebpf_buffer_source buffer_source;
	enum ct_constants constants;
};

struct ct_layout layout;

// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
#include "rows.h"

enum ct_constants {
	CT_CONST_NAME_LENGTH = CT_EBPF_ROW_NAME,
	CT_CONST_FULL_NAME_LENGTH = 64,
	CT_CONST_FUNCTION_LENGTH = CT_EBPF_ROW_FUNCTION,
	CT_CONST_RINGS_SEEN = CT_EBPF_ROW_RINGS,
};

struct ct_layout {
	struct ct_ebpf_map_row map_row;
	struct ct_ebpf_program_row program_row;
	struct ct_ebpf_link_row link_row;
	struct ct_ebpf_holder_row holder_row;
	struct ct_ebpf_mapping_row mapping_row;
	enum ct_ebpf_map_has map_has;
	enum ct_ebpf_program_has program_has;
	enum ct_ebpf_holds holds;
	enum ct_constants constants;
};

struct ct_layout layout;

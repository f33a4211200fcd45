// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* As length.bpf.c, called by the programs that are on these tracepoints already. What keeps those from interrupting themselves keeps these. */
#include "length.bpf.c"

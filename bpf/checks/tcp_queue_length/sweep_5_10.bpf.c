// SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause)
/* Without bpf_sock_from_file (5.11). */
#define CT_5_10
#define CT_BY_READS
#include "sweep.bpf.c"

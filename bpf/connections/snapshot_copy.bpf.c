// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group snapshot, the rung for kernels without bpf_rdonly_cast and bpf_loop: the same iterators, which copy a socket before they look at it.
 */
#define CT_OLDEST
#include "snapshot.bpf.c"

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group tcp, the rung for kernels without atomics that have a result: the same programs; cookies are drawn by cookies.bpf.c.
 */
#define CT_5_10
#include "tcp.bpf.c"

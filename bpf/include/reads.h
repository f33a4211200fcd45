/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Reading memory by helpers. Lockdown (confidentiality) forbids bpf_probe_read_kernel, and with it libbpf takes bpf_probe_read_user for missing
 * and puts bpf_probe_read in its place, which is forbidden too (bpf_object__sanitize_prog): a program that calls either does not load.
 */
#ifndef CONNTRAIL_READS_H
#define CONNTRAIL_READS_H

#include "compat.h"

/* 0: forbidden here, so that the verifier never comes to such a call; what it would have told is not known. */
const volatile __u32 ct_may_read = 1;

#endif

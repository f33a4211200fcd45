/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Kernel structs by their address alone: by plain loads where memory can be given a type (6.2), by bpf_probe_read_kernel before, and not at
 * all where that is forbidden (reads.h).
 */
#ifndef CONNTRAIL_KERNEL_VIEW_H
#define CONNTRAIL_KERNEL_VIEW_H

#include "compat.h"
#include "reads.h"

/* Whether ct_seen tells anything. */
static __always_inline bool ct_can_see(void)
{
	return bpf_ksym_exists(bpf_rdonly_cast) || ct_may_read;
}

/* A kernel struct at an address, for ct_seen. The type is named as the kernel names it. */
#define ct_view(type, address)                                                                      \
	((type *)(bpf_ksym_exists(bpf_rdonly_cast)                                                  \
			  ? bpf_rdonly_cast((const void *)(address), bpf_core_type_id_kernel(type)) \
			  : (void *)(address)))

/* A field, or a chain of one, of a view; 0 where nothing may be read, or the address is none. */
#define ct_seen(view, field)                                                         \
	({                                                                           \
		__typeof__(view) ct_from = (view);                                   \
		__typeof__(ct_from->field) ct_value = 0;                             \
		if (bpf_ksym_exists(bpf_rdonly_cast))                                \
			ct_value = ct_from->field;                                   \
		else if (ct_may_read)                                                \
			bpf_core_read(&ct_value, sizeof(ct_value), &ct_from->field); \
		ct_value;                                                            \
	})

/* Eight bytes at any address. Any kernel struct does that begins with so many bytes that are no pointer. */
static __always_inline __u64 ct_word_at(const void *address)
{
	__u64 word = 0;

	if (bpf_ksym_exists(bpf_rdonly_cast))
		return ct_view(struct timespec64, address)->tv_sec;
	if (ct_may_read)
		bpf_probe_read_kernel(&word, sizeof(word), address);
	return word;
}

#endif

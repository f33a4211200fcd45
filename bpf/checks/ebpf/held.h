/* SPDX-License-Identifier: GPL-2.0 */
/* What a file is, of those that bpf(2) and perf_event_open(2) make. */
#ifndef CONNTRAIL_EBPF_HELD_H
#define CONNTRAIL_EBPF_HELD_H

#include "compat.h"
#include "rows/rows.h"

/* A word of text, as it stands in memory. */
#define CT_EIGHT(a, b, c, d, e, f, g, h)                                                                            \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | (__u64)(f) << 40 | \
	 (__u64)(g) << 48 | (__u64)(h) << 56)

#define CT_ANON_INODE_FS_MAGIC 0x09041934 /* include/uapi/linux/magic.h */

/*
 * Told apart by the names that the kernel gives the files: where their operations are, it tells only with CONFIG_KALLSYMS_ALL, and nobody but the
 * kernel makes files in that file system.
 */
static __always_inline __u32 ct_what_file(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	__u64 name[2] = {};

	if (BPF_CORE_READ(dentry, d_sb, s_magic) != CT_ANON_INODE_FS_MAGIC)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	if (name[0] == CT_EIGHT('b', 'p', 'f', '-', 'm', 'a', 'p', 0))
		return CT_EBPF_HOLDS_MAP;
	if (name[0] == CT_EIGHT('b', 'p', 'f', '-', 'p', 'r', 'o', 'g') && !name[1])
		return CT_EBPF_HOLDS_PROGRAM;
	if (name[0] == CT_EIGHT('b', 'p', 'f', '_', 'l', 'i', 'n', 'k') && !name[1])
		return CT_EBPF_HOLDS_LINK;
	if (name[0] == CT_EIGHT('[', 'p', 'e', 'r', 'f', '_', 'e', 'v'))
		return CT_EBPF_HOLDS_EVENT;
	return 0;
}

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group udp before 6.16, which refuses cgroup programs the storage of tasks ("cannot use helper bpf_task_storage_get").
 */
#define CT_PEERS_BY_THREAD
#include "udp.bpf.c"

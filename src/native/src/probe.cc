#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "libbpf_log.h"

namespace conntrail {

namespace {

constexpr const char *kTracedFunction = "tcp_connect";
constexpr const char *kTracepointType = "btf_trace_inet_sock_set_state";

// `return 0`, the smallest program.
constexpr bpf_insn kReturnZero[] = {
	{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
	{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

int closed(int fd)
{
	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

int try_program(bpf_prog_type type, bpf_attach_type attach, int btf_id, uint32_t flags = 0)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options);
	options.expected_attach_type = attach;
	options.prog_flags = flags;
	options.attach_btf_id = btf_id > 0 ? static_cast<uint32_t>(btf_id) : 0;
	return closed(bpf_prog_load(type, "ct_probe", "GPL", kReturnZero, 2, &options));
}

// A call without arguments: of a helper that programs of this type have, the verifier misses those (EACCES).
int try_helper(bpf_prog_type type, bpf_attach_type attach, bpf_func_id helper)
{
	const bpf_insn call[] = {
		{BPF_JMP | BPF_CALL, 0, 0, 0, helper},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options);
	options.expected_attach_type = attach;
	int error = closed(bpf_prog_load(type, "ct_probe", "GPL", call, 2, &options));
	return error == EACCES ? 0 : error;
}

int try_traced(btf *kernel, bpf_attach_type attach, const char *name, uint32_t kind)
{
	if (!kernel)
		return ENOENT;
	int id = btf__find_by_name_kind(kernel, name, kind);
	return id < 0 ? ENOENT : try_program(BPF_PROG_TYPE_TRACING, attach, id);
}

int try_map(bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	options.map_flags = flags;
	return closed(bpf_map_create(type, "ct_probe", key, value, entries, &options));
}

// A kprobe program always loads; what decides is whether the kernel has the kprobe event source and lets us open one.
int try_kprobe()
{
	unsigned int type = 0;
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	if (!file)
		return errno;
	bool known = fscanf(file, "%u", &type) == 1;
	fclose(file);
	if (!known)
		return ENOENT;
	perf_event_attr attr = {};
	attr.size = sizeof(attr);
	attr.type = type;
	attr.kprobe_func = reinterpret_cast<uintptr_t>(kTracedFunction);
	int fd = static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
	return fd < 0 ? errno : closed(fd);
}

} // namespace

std::vector<ProbeResult> probe_kernel()
{
	std::vector<ProbeResult> results;
	capture_libbpf_log();
	btf *kernel = btf__load_vmlinux_btf();

	results.push_back({"btf", kernel ? 0 : errno});
	results.push_back({"fentry", try_traced(kernel, BPF_TRACE_FENTRY, kTracedFunction, BTF_KIND_FUNC)});
	results.push_back({"kprobe", try_kprobe()});
	results.push_back({"tp_btf", try_traced(kernel, BPF_TRACE_RAW_TP, kTracepointType, BTF_KIND_TYPEDEF)});
	bool io = kernel && btf__find_by_name_kind(kernel, "btf_trace_sock_send_length", BTF_KIND_TYPEDEF) > 0;
	results.push_back({"sock_length_tracepoints", io ? 0 : ENOENT});
	results.push_back(
		{"socket_iterator", try_traced(kernel, BPF_TRACE_ITER, "bpf_iter_bpf_sk_storage_map", BTF_KIND_FUNC)});
	results.push_back({"task_iterator", try_traced(kernel, BPF_TRACE_ITER, "bpf_iter_task_file", BTF_KIND_FUNC)});
	results.push_back({"syscall_program",
			   try_program(BPF_PROG_TYPE_SYSCALL, static_cast<bpf_attach_type>(0), 0, BPF_F_SLEEPABLE)});
	bool cast = kernel && btf__find_by_name_kind(kernel, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	results.push_back({"rdonly_cast", cast ? 0 : ENOENT});
	results.push_back({"cgroup_sendmsg", try_program(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, 0)});
	results.push_back(
		{"cgroup_sock_release", try_program(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, 0)});
	results.push_back({"cgroup_task_storage", try_helper(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG,
							     BPF_FUNC_task_storage_get)});
	results.push_back({"ring_buffer", try_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0)});
	results.push_back({"perf_buffer", try_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1, 0)});
	results.push_back({"mmapable_array", try_map(BPF_MAP_TYPE_ARRAY, 4, 4096, 1, BPF_F_MMAPABLE)});
	btf__free(kernel);
	take_libbpf_log();
	return results;
}

} // namespace conntrail

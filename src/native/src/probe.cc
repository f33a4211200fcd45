#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "bpf_listing.h"
#include "libbpf_log.h"
#include "probe_kernel.h"

namespace conntrail {

namespace {

constexpr const char *kTracedFunction = "tcp_connect";
constexpr uint8_t kContext = 1;
constexpr uint8_t kStack = 10;
// Arguments in the context of typed programs, 8 bytes each; the value that a function returns comes after the last one.
constexpr int16_t kFirstArgument = 0;
constexpr int16_t kReturnOfRecvmsg = 4 * 8; // inet_recvmsg(sock, msg, size, flags)
// struct bpf_iter__bpf_map_elem and bpf_iter__bpf_sk_storage_map, bpf_iter__task_file
constexpr int16_t kIteratorValue = 3 * 8;
constexpr int16_t kIteratorFile = 3 * 8;

class Prober {
public:
	explicit Prober(int cgroup) : cgroup_(cgroup) {}

	std::vector<ProbeResult> probe();

private:
	void tell(const char *name, Answer answer, const char *cause = "");
	// Of what can only be found by its type.
	void tell_typed(const char *name, Answer answer);
	void tell_found(const char *name, bool found);

	Place typed(bpf_attach_type attach, int id) const;
	Place tracepoint() const;
	Place udp_call(bpf_attach_type attach) const { return {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attach}; }
	Answer try_attached(const Place &place, const Program &program, const char *raw = nullptr) const;
	Answer try_iterator(const char *name, const Program &program, int map) const;
	Answer try_kprobe() const;
	Answer try_ring() const;
	Answer try_perf() const;
	Answer try_pages() const;
	Answer try_call() const;

	void probe_ways();
	void probe_types();
	void probe_tracing();
	void probe_iterators();
	void probe_cgroup();
	void probe_buffers();

	int cgroup_;
	ProbedKernel kernel_;
	OwnedFd sockets_ = kernel_.storage(BPF_MAP_TYPE_SK_STORAGE);
	int sockets_error_ = sockets_.valid() ? 0 : errno;
	OwnedFd tasks_ = kernel_.storage(BPF_MAP_TYPE_TASK_STORAGE);
	int tasks_error_ = tasks_.valid() ? 0 : errno;
	std::vector<ProbeResult> results_;
};

Answer failed(int error)
{
	Answer answer;
	answer.error = error;
	return answer;
}

void Prober::tell(const char *name, Answer answer, const char *cause)
{
	results_.push_back({name, answer.error, cause, std::move(answer.log)});
}

void Prober::tell_typed(const char *name, Answer answer)
{
	if (kernel_.has_types())
		tell(name, std::move(answer));
	else
		tell(name, failed(ENOENT), "btf");
}

void Prober::tell_found(const char *name, bool found)
{
	tell_typed(name, failed(found ? 0 : ENOENT));
}

Place Prober::typed(bpf_attach_type attach, int id) const
{
	return {BPF_PROG_TYPE_TRACING, attach, id};
}

// Its first argument is the socket.
Place Prober::tracepoint() const
{
	return typed(BPF_TRACE_RAW_TP, kernel_.tracepoint("inet_sock_set_state"));
}

// Attached, and taken away again. `raw`: the tracepoint of a program that is not typed.
Answer Prober::try_attached(const Place &place, const Program &program, const char *raw) const
{
	if (place.type == BPF_PROG_TYPE_TRACING && place.type_id <= 0)
		return failed(ENOENT);
	Answer answer;
	OwnedFd fd = load_program(place, program, answer);
	return fd.valid() ? answer_of(bpf_raw_tracepoint_open(raw, fd.get())) : answer;
}

// `map`: the one it walks, or -1.
Answer Prober::try_iterator(const char *name, const Program &program, int map) const
{
	int id = kernel_.function(name);
	Answer answer;
	if (id <= 0)
		return failed(ENOENT);
	OwnedFd fd = load_program(typed(BPF_TRACE_ITER, id), program, answer);
	if (!fd.valid())
		return answer;
	bpf_iter_link_info info = {};
	info.map.map_fd = static_cast<uint32_t>(map);
	LIBBPF_OPTS(bpf_link_create_opts, options);
	if (map >= 0) {
		options.iter_info = &info;
		options.iter_info_len = sizeof(info);
	}
	OwnedFd link(bpf_link_create(fd.get(), 0, BPF_TRACE_ITER, &options));
	return link.valid() ? answer_of(bpf_iter_create(link.get())) : failed(errno);
}

// A program for kprobes always loads; what decides is whether there is the event source, and whether it may be used.
Answer Prober::try_kprobe() const
{
	unsigned int type = 0;
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	if (!file)
		return failed(errno);
	bool known = fscanf(file, "%u", &type) == 1;
	fclose(file);
	if (!known)
		return failed(ENOENT);
	Answer answer;
	OwnedFd program = load_program({BPF_PROG_TYPE_KPROBE}, Program().end(0), answer);
	if (!program.valid())
		return answer;
	perf_event_attr attr = {};
	attr.size = sizeof(attr);
	attr.type = type;
	attr.kprobe_func = reinterpret_cast<uintptr_t>(kTracedFunction);
	OwnedFd event(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
	if (!event.valid())
		return failed(errno);
	return failed(ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()) ? errno : 0);
}

Answer Prober::try_ring() const
{
	OwnedFd map(
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ct_probe", 0, 0, static_cast<uint32_t>(getpagesize()), nullptr));
	if (!map.valid())
		return failed(errno);
	Program write;
	write.store(kStack, -8, 0).map(1, map.get()).address(2, kStack, -8).move(3, 8).move(4, 0);
	// The program's place is typed: without types the buffer itself is all that can be tried.
	return kernel_.has_types() ? try_program(tracepoint(), write.call(BPF_FUNC_ringbuf_output).end(0)) : Answer();
}

Answer Prober::try_perf() const
{
	OwnedFd map(bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "ct_probe", 4, 4, 1, nullptr));
	perf_event_attr attr = {};
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_BPF_OUTPUT;
	if (!map.valid())
		return failed(errno);
	OwnedFd event(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
	if (!event.valid())
		return failed(errno);
	Program write;
	write.store(kStack, -8, 0).map(2, map.get()).move(3, 0).address(4, kStack, -8).move(5, 8);
	return kernel_.has_types() ? try_program(tracepoint(), write.call(BPF_FUNC_perf_event_output).end(0))
				   : Answer();
}

Answer Prober::try_pages() const
{
	size_t size = static_cast<size_t>(getpagesize());
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	OwnedFd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "ct_probe", 4, static_cast<uint32_t>(size), 1, &options));
	if (!map.valid())
		return failed(errno);
	void *pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, map.get(), 0);
	if (pages == MAP_FAILED)
		return failed(errno);
	munmap(pages, size);
	return Answer();
}

// A program that user space runs.
Answer Prober::try_call() const
{
	Answer answer;
	OwnedFd fd = load_program({BPF_PROG_TYPE_SYSCALL, static_cast<bpf_attach_type>(0), 0, BPF_F_SLEEPABLE},
				  Program().end(0), answer);
	if (!fd.valid())
		return answer;
	LIBBPF_OPTS(bpf_test_run_opts, options);
	return failed(bpf_prog_test_run_opts(fd.get(), &options) ? errno : 0);
}

void Prober::probe_ways()
{
	Program nothing = Program().end(0);
	tell_typed("fentry", try_attached(typed(BPF_TRACE_FENTRY, kernel_.function(kTracedFunction)), nothing));
	tell("kprobe", try_kprobe());
	tell_typed("tp_btf", try_attached(tracepoint(), nothing));
	tell_typed("fexit_inet", try_attached(typed(BPF_TRACE_FEXIT, kernel_.function("inet_recvmsg")),
					      Program().load(2, kContext, kReturnOfRecvmsg).end(0)));
	tell("raw_tracepoint", try_attached({BPF_PROG_TYPE_RAW_TRACEPOINT}, nothing, "mark_victim"));
}

void Prober::probe_types()
{
	auto all = [&](std::initializer_list<const char *> names) {
		for (const char *name : names)
			if (kernel_.tracepoint(name) <= 0)
				return false;
		return true;
	};
	tell("btf", failed(kernel_.error()), kernel_.hides_types() ? "hidden" : "");
	tell_found("tcp_tracepoints", all({"inet_sock_set_state", "tcp_receive_reset", "tcp_destroy_sock"}));
	tell_found("error_report_tracepoint", all({"inet_sk_error_report"}));
	tell_found("sock_length_tracepoints", all({"sock_send_length", "sock_recv_length"}));
	tell_found("net_cookie", kernel_.has_number("net", "net_cookie"));
}

void Prober::probe_tracing()
{
	Program changes, task, socket, call, read, cast;
	changes.store(kStack, -8, 0).move(0, 0).move(2, 1);
	changes.atomic(BPF_XCHG, kStack, -8, 2)
		.atomic(BPF_CMPXCHG, kStack, -8, 2)
		.atomic(BPF_ADD | BPF_FETCH, kStack, -8, 2);
	tell_typed("atomics", try_program(tracepoint(), changes.end(0)));

	auto of_socket = [&](bpf_func_id helper) {
		return try_program(tracepoint(), Program().load(1, kContext, kFirstArgument).call(helper).end(0));
	};
	tell_typed("socket_cookie", of_socket(BPF_FUNC_get_socket_cookie));
	tell_typed("skc_to_tcp_sock", of_socket(BPF_FUNC_skc_to_tcp_sock));

	task.call(BPF_FUNC_get_current_task_btf);
	tell_typed("current_task", try_program(tracepoint(), Program(task).end(0)));
	tell_typed("task_pt_regs",
		   try_program(tracepoint(), Program(task).copy(1, 0).call(BPF_FUNC_task_pt_regs).end(0)));

	socket.load(2, kContext, kFirstArgument).map(1, sockets_.get()).move(3, 0).move(4, BPF_SK_STORAGE_GET_F_CREATE);
	tell_typed("tracing_storage", sockets_.valid()
					      ? try_program(tracepoint(), socket.call(BPF_FUNC_sk_storage_get).end(0))
					      : failed(sockets_error_));
	call = task;
	call.copy(2, 0).map(1, tasks_.get()).move(3, 0).move(4, BPF_LOCAL_STORAGE_GET_F_CREATE);
	tell_typed("task_storage", tasks_.valid()
					   ? try_program(tracepoint(), call.call(BPF_FUNC_task_storage_get).end(0))
					   : failed(tasks_error_));

	read.load(3, kContext, kFirstArgument).address(1, kStack, -8).move(2, 8).call(BPF_FUNC_probe_read_kernel);
	tell_typed("probe_read_kernel", try_program(tracepoint(), read.end(0)));

	int function = kernel_.function("bpf_rdonly_cast");
	cast.load(1, kContext, kFirstArgument).move(2, kernel_.structure("tcp_sock")).call_function(function);
	tell_typed("rdonly_cast", function > 0 ? try_program(tracepoint(), cast.end(0)) : failed(ENOENT));
}

void Prober::probe_iterators()
{
	Program value, file;
	value.load(2, kContext, kIteratorValue).skip_if_zero(2, 1).store(2, 8, 0);
	file.load(1, kContext, kIteratorFile).skip_if_zero(1, 1).call(BPF_FUNC_sock_from_file);
	OwnedFd array(bpf_map_create(BPF_MAP_TYPE_ARRAY, "ct_probe", 4, 16, 1, nullptr));
	value.end(0);
	tell_typed("map_iterator",
		   array.valid() ? try_iterator("bpf_iter_bpf_map_elem", value, array.get()) : failed(errno));
	tell_typed("socket_iterator", sockets_.valid()
					      ? try_iterator("bpf_iter_bpf_sk_storage_map", value, sockets_.get())
					      : failed(sockets_error_));
	tell_typed("task_iterator", try_iterator("bpf_iter_task_file", file.end(0), -1));
	// A probe is told by a name that outlives it.
	const std::pair<const char *, const char *> walks[] = {{"bpf_map_iterator", "bpf_iter_bpf_map"},
							       {"bpf_prog_iterator", "bpf_iter_bpf_prog"},
							       {"bpf_link_iterator", "bpf_iter_bpf_link"},
							       {"task_file_iterator", "bpf_iter_task_file"},
							       {"task_vma_iterator", "bpf_iter_task_vma"}};
	for (const auto &[name, function] : walks)
		tell_typed(name, try_iterator(function, Program().end(0), -1));
	std::vector<uint32_t> ids;
	tell("object_ids", failed(-list_ids(BpfKind::kMap, ids)));
	tell_typed("loop", try_helper(typed(BPF_TRACE_ITER, kernel_.function("bpf_iter_bpf_map_elem")), BPF_FUNC_loop));
	tell("syscall_program", try_call());
	tell("for_each_map_elem",
	     try_helper({BPF_PROG_TYPE_SYSCALL, static_cast<bpf_attach_type>(0), 0, BPF_F_SLEEPABLE},
			BPF_FUNC_for_each_map_elem));
}

// Programs of calls end with 1: the call goes on.
void Prober::probe_cgroup()
{
	Program cookie, task, release, cast, packet;
	cookie.call(BPF_FUNC_get_socket_cookie).end(1);
	Answer send = try_program(udp_call(BPF_CGROUP_UDP4_SENDMSG), cookie);
	tell("cgroup_sendmsg", send.error ? send : try_program(udp_call(BPF_CGROUP_UDP4_RECVMSG), cookie));
	tell("cgroup_current_pid",
	     try_program(udp_call(BPF_CGROUP_UDP4_SENDMSG), Program().call(BPF_FUNC_get_current_pid_tgid).end(1)));

	task.call(BPF_FUNC_get_current_task_btf).copy(2, 0).map(1, tasks_.get()).move(3, 0);
	task.move(4, BPF_LOCAL_STORAGE_GET_F_CREATE).call(BPF_FUNC_task_storage_get).end(1);
	tell("cgroup_task_storage",
	     tasks_.valid() ? try_program(udp_call(BPF_CGROUP_UDP4_SENDMSG), task) : failed(tasks_error_));

	release.copy(6, kContext)
		.call(BPF_FUNC_get_socket_cookie)
		.map(1, sockets_.get())
		.copy(2, 6)
		.move(3, 0)
		.move(4, 0);
	release.call(BPF_FUNC_sk_storage_get).end(1);
	Place end = {BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE};
	tell("cgroup_sock_release", sockets_.valid() ? try_program(end, release) : failed(sockets_error_));

	int function = kernel_.function("bpf_cast_to_kern_ctx");
	cast.call_function(function).end(1);
	tell_typed("cast_to_kern_ctx",
		   function > 0 ? try_program(udp_call(BPF_CGROUP_UDP6_SENDMSG), cast) : failed(ENOENT));

	packet.load(1, kContext, offsetof(__sk_buff, sk))
		.skip_if_zero(1, 8)
		.call(BPF_FUNC_sk_fullsock)
		.skip_if_zero(0, 6);
	packet.map(1, sockets_.get()).copy(2, 0).move(3, 0).move(4, BPF_SK_STORAGE_GET_F_CREATE);
	packet.call(BPF_FUNC_sk_storage_get).end(1);
	Place packets = {BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS};
	tell("cgroup_packets", sockets_.valid() ? try_program(packets, packet) : failed(sockets_error_));

	if (cgroup_ < 0)
		return tell("cgroup_attach", failed(ENOENT), "cgroup");
	Answer answer;
	OwnedFd fd = load_program(udp_call(BPF_CGROUP_UDP4_SENDMSG), Program().end(1), answer);
	tell("cgroup_attach",
	     fd.valid() ? answer_of(bpf_link_create(fd.get(), cgroup_, BPF_CGROUP_UDP4_SENDMSG, nullptr)) : answer);
}

void Prober::probe_buffers()
{
	tell("ring_buffer", try_ring());
	tell("perf_buffer", try_perf());
	tell("mmapable_array", try_pages());
}

std::vector<ProbeResult> Prober::probe()
{
	probe_types();
	probe_ways();
	probe_tracing();
	probe_iterators();
	probe_cgroup();
	probe_buffers();
	return std::move(results_);
}

} // namespace

std::vector<ProbeResult> probe_kernel(int cgroup)
{
	capture_libbpf_log();
	std::vector<ProbeResult> results = Prober(cgroup).probe();
	take_libbpf_log();
	return results;
}

bool may_read_memory()
{
	// What libbpf asks, for the same answer (FEAT_PROBE_READ_KERN).
	Program read;

	read.address(1, kStack, -8).move(2, 8).move(3, 0).call(BPF_FUNC_probe_read_kernel);
	return try_program({BPF_PROG_TYPE_TRACEPOINT}, read.end(0)).error == 0;
}

} // namespace conntrail

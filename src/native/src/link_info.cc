#include <bpf/bpf.h>
#include <errno.h>

#include <cstring>
#include <string>

#include "bpf_info.h"

namespace conntrail {

namespace {

constexpr size_t kMostText = 256;

// What the kernel says of a link, with room for the one text that it may have.
struct Asked {
	bpf_link_info info = {};
	char text[kMostText] = {};
	uint32_t length = sizeof(info);

	int ask(int fd)
	{
		length = sizeof(info);
		return bpf_link_get_info_by_fd(fd, &info, &length);
	}
	uint64_t room() { return reinterpret_cast<uintptr_t>(text); }
	// Where the text is to go depends on what kind of link, and of event, it is: asked a second time with room for it.
	void ask_text(int fd)
	{
		uint32_t perf_type = info.perf_event.type;

		switch (info.type) {
		case BPF_LINK_TYPE_RAW_TRACEPOINT:
			info = {};
			info.raw_tracepoint.tp_name = room();
			info.raw_tracepoint.tp_name_len = sizeof(text);
			break;
		case BPF_LINK_TYPE_ITER:
			info = {};
			info.iter.target_name = room();
			info.iter.target_name_len = sizeof(text);
			break;
		case BPF_LINK_TYPE_UPROBE_MULTI:
			info = {};
			info.uprobe_multi.path = room();
			info.uprobe_multi.path_size = sizeof(text);
			break;
		case BPF_LINK_TYPE_PERF_EVENT:
			info = {};
			// All three begin with the address and the length.
			info.perf_event.type = perf_type;
			info.perf_event.tracepoint.tp_name = room();
			info.perf_event.tracepoint.name_len = sizeof(text);
			break;
		default:
			return;
		}
		// A text that is cut is one, too.
		int error = ask(fd);
		if (error && error != -ENOSPC)
			text[0] = 0;
		text[sizeof(text) - 1] = 0;
	}
};

// Type, target and what else there is of this kind; -1 and 0 where a kind has none.
struct Told {
	int64_t attach_type = -1;
	uint64_t number = 0;
	uint32_t other = 0;
};

Told told_of(const bpf_link_info &info)
{
	switch (info.type) {
	case BPF_LINK_TYPE_TRACING:
		return {info.tracing.attach_type, info.tracing.target_obj_id, info.tracing.target_btf_id};
	case BPF_LINK_TYPE_CGROUP:
		return {info.cgroup.attach_type, info.cgroup.cgroup_id};
	case BPF_LINK_TYPE_ITER:
		return {BPF_TRACE_ITER, info.iter.map.map_id};
	case BPF_LINK_TYPE_NETNS:
		return {info.netns.attach_type, info.netns.netns_ino};
	case BPF_LINK_TYPE_XDP:
		return {BPF_XDP, info.xdp.ifindex};
	case BPF_LINK_TYPE_STRUCT_OPS:
		return {BPF_STRUCT_OPS, info.struct_ops.map_id};
	case BPF_LINK_TYPE_NETFILTER:
		return {BPF_NETFILTER, info.netfilter.pf, info.netfilter.hooknum};
	case BPF_LINK_TYPE_KPROBE_MULTI:
		return {BPF_TRACE_KPROBE_MULTI, info.kprobe_multi.count, info.kprobe_multi.flags};
	case BPF_LINK_TYPE_UPROBE_MULTI:
		return {BPF_TRACE_UPROBE_MULTI, info.uprobe_multi.count, info.uprobe_multi.flags};
	case BPF_LINK_TYPE_TCX:
		return {info.tcx.attach_type, info.tcx.ifindex};
	case BPF_LINK_TYPE_NETKIT:
		return {info.netkit.attach_type, info.netkit.ifindex};
	case BPF_LINK_TYPE_SOCKMAP:
		return {info.sockmap.attach_type, info.sockmap.map_id};
	case BPF_LINK_TYPE_PERF_EVENT:
		switch (info.perf_event.type) {
		case BPF_PERF_EVENT_KPROBE:
		case BPF_PERF_EVENT_KRETPROBE:
			return {BPF_PERF_EVENT, info.perf_event.kprobe.offset, info.perf_event.type};
		case BPF_PERF_EVENT_UPROBE:
		case BPF_PERF_EVENT_URETPROBE:
			return {BPF_PERF_EVENT, info.perf_event.uprobe.offset, info.perf_event.type};
		case BPF_PERF_EVENT_EVENT:
			return {BPF_PERF_EVENT, info.perf_event.event.config, info.perf_event.type};
		default:
			return {BPF_PERF_EVENT, 0, info.perf_event.type};
		}
	default:
		return {};
	}
}

} // namespace

Napi::Value link_info(Napi::Env env, int fd)
{
	Asked asked;
	int error = asked.ask(fd);

	if (error)
		return Napi::Number::New(env, error);
	uint32_t type = asked.info.type, id = asked.info.id, program = asked.info.prog_id;
	Told told = told_of(asked.info);
	asked.ask_text(fd);
	Napi::Object link = Napi::Object::New(env);
	link.Set("id", id);
	link.Set("type", type);
	link.Set("program", program);
	link.Set("attachType",
		 told.attach_type < 0 ? env.Null() : Napi::Number::New(env, static_cast<double>(told.attach_type)));
	link.Set("number", Napi::Number::New(env, static_cast<double>(told.number)));
	link.Set("other", told.other);
	link.Set("text", std::string(asked.text));
	return link;
}

Napi::Value event_info(Napi::Env env, uint32_t pid, uint32_t fd)
{
	char name[kMostText] = {};
	uint32_t length = sizeof(name), program = 0, type = 0;
	__u64 offset = 0, address = 0;
	int error = bpf_task_fd_query(static_cast<int>(pid), static_cast<int>(fd), 0, name, &length, &program, &type,
				      &offset, &address);

	if (error && error != -ENOSPC)
		return Napi::Number::New(env, error);
	name[sizeof(name) - 1] = 0;
	Napi::Object event = Napi::Object::New(env);
	event.Set("program", program);
	event.Set("type", type);
	event.Set("text", std::string(name));
	event.Set("offset", Napi::Number::New(env, static_cast<double>(offset)));
	return event;
}

} // namespace conntrail

#include "object_file.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include <cstring>

#include "knobs.h"
#include "libbpf_log.h"
#include "connections/frames.h"
#include "snapshot.h"

namespace conntrail {

namespace {

bool is_iterator(const bpf_program *program)
{
	return bpf_program__expected_attach_type(program) == BPF_TRACE_ITER;
}

bool is_cgroup(const bpf_program *program)
{
	bpf_prog_type type = bpf_program__type(program);
	// Sockops: benchmarks/prototypes/sockops only.
	return type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR || type == BPF_PROG_TYPE_CGROUP_SOCK ||
	       type == BPF_PROG_TYPE_CGROUP_SKB || type == BPF_PROG_TYPE_SOCK_OPS;
}

std::string sentence(int error, const std::string &log)
{
	std::string line = last_meaningful_line(log);
	std::string text = strerror(error);
	return line.empty() ? text : text + ": " + line;
}

bpf_object *open_object(const LoadSettings &settings, const std::string &name)
{
	auto found = settings.objects.find(name);
	if (found == settings.objects.end()) {
		errno = ENOENT;
		return nullptr;
	}
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name.c_str());
	return bpf_object__open_mem(found->second.bytes.data(), found->second.bytes.size(), &options);
}

uint32_t verified_instructions(int fd)
{
	bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	return bpf_prog_get_info_by_fd(fd, &info, &size) ? 0 : info.verified_insns;
}

class ObjectFile {
public:
	ObjectFile(const LoadSettings &settings, const ObjectRequest &request, const std::map<std::string, int> &maps)
		: settings_(settings), request_(request), maps_(maps)
	{}

	Loaded load();

private:
	bool wanted(const std::string &program) const;
	bool prepare();
	void attach(bpf_program *program, ProgramOutcome &outcome);
	bpf_link *attach_by_type(bpf_program *program);
	bpf_link *attach_to_map(bpf_program *program, const char *map);

	const LoadSettings &settings_;
	const ObjectRequest &request_;
	std::map<std::string, int> maps_;
	bpf_object *object_ = nullptr; // never closed: it goes with the process
	Loaded loaded_;
};

bool ObjectFile::wanted(const std::string &program) const
{
	if (!settings_.io_twins && (program == "io_send_twin" || program == "io_recv_twin"))
		return false;
	return request_.only.empty() || request_.only == program;
}

// Knobs and map sizes; maps that exist already are shared.
bool ObjectFile::prepare()
{
	set_knob<uint32_t>(object_, "ct_use_perf", settings_.perf);
	set_knob<uint64_t>(object_, "ct_high_water", settings_.kernel_buffer / 4);
	set_knob<uint32_t>(object_, "ct_udp_on", request_.udp_on);
	set_knob<uint32_t>(object_, "ct_io_twins", settings_.io_twins);
	set_knob<uint32_t>(object_, "ct_attempts", settings_.asks_for("connect"));

	bpf_map *map = nullptr;
	bpf_object__for_each_map (map, object_) {
		std::string name = bpf_map__name(map);
		if (bpf_map__is_internal(map))
			continue;
		auto known = maps_.find(name);
		int result = 0;
		if (known != maps_.end())
			result = bpf_map__reuse_fd(map, known->second);
		else if (name == "batches")
			result = bpf_map__set_max_entries(map, settings_.cpus);
		else if (name == "events_ring" && !settings_.perf)
			result = bpf_map__set_max_entries(map, static_cast<uint32_t>(settings_.kernel_buffer));
		else if (name == "events_perf")
			result = bpf_map__set_max_entries(map, settings_.cpus);
		else if (name == "udp_flows")
			result = bpf_map__set_max_entries(map, settings_.udp_flows);
		else if (name == "tcp_attempts" && !settings_.asks_for("connect"))
			result = bpf_map__set_max_entries(map, 1);
		if (result)
			return false;
	}
	return true;
}

Loaded ObjectFile::load()
{
	object_ = open_object(settings_, request_.name);
	bpf_program *program = nullptr;
	int error = object_ ? 0 : errno;

	if (object_) {
		bpf_object__for_each_program (program, object_)
			if (!wanted(bpf_program__name(program)))
				bpf_program__set_autoload(program, false);
		if (!prepare() || bpf_object__load(object_))
			error = errno;
	}
	if (error) {
		loaded_.error = error;
		loaded_.reason = sentence(error, take_libbpf_log());
		return loaded_;
	}
	bpf_map *map = nullptr;
	bpf_object__for_each_map (map, object_) {
		if (bpf_map__is_internal(map))
			continue;
		// One that was shared is the tracer's already.
		if (maps_.emplace(bpf_map__name(map), bpf_map__fd(map)).second)
			loaded_.descriptors.push_back({Kind::kMap, bpf_map__name(map), bpf_map__fd(map)});
	}
	bpf_object__for_each_program (program, object_) {
		if (!bpf_program__autoload(program))
			continue;
		ProgramOutcome outcome;
		outcome.object = request_.name;
		outcome.program = bpf_program__name(program);
		outcome.section = bpf_program__section_name(program);
		outcome.group = request_.group;
		outcome.loaded = true;
		outcome.instructions = verified_instructions(bpf_program__fd(program));
		attach(program, outcome);
		loaded_.outcomes.push_back(outcome);
	}
	return loaded_;
}

bpf_link *ObjectFile::attach_by_type(bpf_program *program)
{
	if (is_cgroup(program))
		return bpf_program__attach_cgroup(program, request_.cgroup_fd);
	if (!is_iterator(program))
		return bpf_program__attach(program);
	std::string name = bpf_program__name(program);
	if (name == "seed_sockets" || name == "snapshot_udp_files")
		return bpf_program__attach_iter(program, nullptr);
	for (const Iterator &iterator : kIterators)
		if (name == iterator.program)
			return attach_to_map(program, iterator.map);
	errno = ENOENT;
	return nullptr;
}

// A map iterator is bound to its map when it is attached.
bpf_link *ObjectFile::attach_to_map(bpf_program *program, const char *map)
{
	auto found = maps_.find(map);
	if (found == maps_.end()) {
		errno = ENOENT;
		return nullptr;
	}
	bpf_iter_link_info info = {};
	info.map.map_fd = static_cast<uint32_t>(found->second);
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));
	return bpf_program__attach_iter(program, &options);
}

void ObjectFile::attach(bpf_program *program, ProgramOutcome &outcome)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL) {
		loaded_.descriptors.push_back({Kind::kWalk, outcome.program, bpf_program__fd(program)});
		outcome.attached = true;
		return;
	}
	bpf_link *link = attach_by_type(program);
	if (!link) {
		outcome.error = errno;
		outcome.reason = sentence(outcome.error, take_libbpf_log());
		return;
	}
	outcome.attached = true;
	Kind kind = is_iterator(program) ? Kind::kIteratorLink : Kind::kLink;
	loaded_.descriptors.push_back({kind, outcome.program, bpf_link__fd(link)});
	if (!is_iterator(program))
		loaded_.descriptors.push_back({Kind::kCounted, outcome.program, bpf_program__fd(program)});
}

} // namespace

Loaded load_object_file(const LoadSettings &settings, const ObjectRequest &request,
			const std::map<std::string, int> &maps)
{
	return ObjectFile(settings, request, maps).load();
}

std::vector<std::string> programs_in(const LoadSettings &settings, const std::string &name)
{
	std::vector<std::string> names;
	bpf_object *object = open_object(settings, name);
	bpf_program *program = nullptr;

	if (!object)
		return names;
	bpf_object__for_each_program (program, object)
		names.push_back(bpf_program__name(program));
	bpf_object__close(object);
	return names;
}

} // namespace conntrail

#include "objects.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "knobs.h"
#include "libbpf_log.h"
#include "records.h"
#include "signals.h"
#include "snapshot.h"

namespace conntrail {

namespace {

// Object file and hook group, in the order in which they are loaded: the first makes the shared maps.
struct ObjectFile {
	const char *name;
	const char *group;
};
constexpr ObjectFile kObjects[] = {
	{"tcp", "tcp"}, {"udp", "udp"}, {"udp_expiry", "udp"}, {"io", "owner"}, {"snapshot", "snapshot"}};

bool is_iterator(const bpf_program *program)
{
	return bpf_program__expected_attach_type(program) == BPF_TRACE_ITER;
}

bool is_cgroup(const bpf_program *program)
{
	bpf_prog_type type = bpf_program__type(program);
	return type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR || type == BPF_PROG_TYPE_CGROUP_SOCK;
}

std::string sentence(int error, const std::string &log)
{
	std::string line = last_meaningful_line(log);
	std::string text = strerror(error);
	return line.empty() ? text : text + ": " + line;
}

} // namespace

Objects::~Objects()
{
	for (Attached &attached : links_)
		bpf_link__destroy(attached.link);
	for (bpf_object *object : objects_)
		bpf_object__close(object);
	if (cgroup_fd_ >= 0)
		close(cgroup_fd_);
}

bool Objects::load()
{
	SignalsHeld held;

	capture_libbpf_log();
	if (!settings_.cgroup.empty()) {
		cgroup_fd_ = open(settings_.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		cgroup_error_ = errno;
	}
	for (const ObjectFile &file : kObjects)
		load_object(file.name, file.group);
	load_walks();
	return map_fd("batches") >= 0;
}

// Knobs and map sizes; maps that exist already are shared.
bool Objects::prepare(bpf_object *object)
{
	set_knob<uint32_t>(object, "ct_use_perf", settings_.perf);
	set_knob<uint64_t>(object, "ct_high_water", settings_.kernel_buffer / 4);
	set_knob<uint32_t>(object, "ct_udp_on", udp_on_);

	bpf_map *map = nullptr;
	bpf_object__for_each_map (map, object) {
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
		if (result)
			return false;
	}
	return true;
}

// Loads one program of an object, or all of them when `only` is empty.
bool Objects::load_programs(const std::string &name, const std::string &group, const std::string &only)
{
	std::string path = settings_.folder + "/" + name + ".bpf.o";
	bpf_object *object = bpf_object__open_file(path.c_str(), nullptr);
	int error = object ? 0 : errno;

	if (object) {
		bpf_program *program = nullptr;
		bpf_object__for_each_program (program, object)
			if (!only.empty() && only != bpf_program__name(program))
				bpf_program__set_autoload(program, false);
		if (!prepare(object) || bpf_object__load(object))
			error = errno;
	}
	std::string reason = error ? sentence(error, take_libbpf_log()) : "";
	if (error && only.empty() && object) {
		// One refused program must not take the others with it: each on its own.
		std::vector<std::string> names;
		bpf_program *program = nullptr;
		bpf_object__for_each_program (program, object)
			names.push_back(bpf_program__name(program));
		bpf_object__close(object);
		bool any = false;
		if (names.size() < 2) {
			outcomes_.push_back(
				{name, names.empty() ? name : names[0], "", group, false, false, error, reason});
			return false;
		}
		for (const std::string &each : names)
			any |= load_programs(name, group, each);
		return any;
	}
	if (error) {
		outcomes_.push_back({name, only.empty() ? name : only, "", group, false, false, error, reason});
		if (object)
			bpf_object__close(object);
		return false;
	}
	objects_.push_back(object);
	bpf_map *map = nullptr;
	bpf_object__for_each_map (map, object)
		if (!bpf_map__is_internal(map))
			maps_.emplace(bpf_map__name(map), bpf_map__fd(map));
	bpf_program *program = nullptr;
	bpf_object__for_each_program (program, object) {
		if (!bpf_program__autoload(program))
			continue;
		ProgramOutcome outcome{
			name, bpf_program__name(program), bpf_program__section_name(program), group, true, false, 0,
			""};
		attach(program, outcome);
		outcomes_.push_back(outcome);
	}
	return true;
}

void Objects::load_object(const std::string &name, const std::string &group)
{
	if (group == "udp" && cgroup_fd_ < 0) {
		if (name != group)
			return; // said once
		std::string why = settings_.cgroup.empty()
					  ? "no cgroup v2 hierarchy is mounted"
					  : settings_.cgroup + " could not be opened (" + strerror(cgroup_error_) + ")";
		outcomes_.push_back({name, name, "cgroup", group, false, false, cgroup_error_,
				     why + ", so UDP sockets cannot be followed"});
		return;
	}
	load_programs(name, group, "");
	if (group == "udp") {
		udp_on_ = true;
		for (const ProgramOutcome &outcome : outcomes_)
			udp_on_ = udp_on_ && (outcome.group != "udp" || outcome.attached);
	}
}

// Where the kernel refuses a program of the map iterators, all of them stand aside: see bpf/connections/walk.bpf.c.
void Objects::load_walks()
{
	bool refused = false;
	for (const Iterator &iterator : kIterators)
		refused |= link_fd(iterator.program) < 0;
	if (!refused)
		return;
	size_t before = outcomes_.size();
	load_object("walk", "snapshot");
	bool works = outcomes_.size() > before;
	for (size_t i = before; i < outcomes_.size(); i++)
		works = works && outcomes_[i].attached;
	// One rung is told: the one that lives, or the one that was wanted.
	std::vector<ProgramOutcome> told;
	for (size_t i = 0; i < outcomes_.size(); i++) {
		bool iterator = outcomes_[i].program.rfind("snapshot", 0) == 0 && i < before;
		if (works ? !iterator : i < before)
			told.push_back(outcomes_[i]);
	}
	outcomes_ = std::move(told);
}

bpf_link *Objects::attach_by_type(bpf_program *program)
{
	if (is_cgroup(program))
		return bpf_program__attach_cgroup(program, cgroup_fd_);
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
bpf_link *Objects::attach_to_map(bpf_program *program, const char *map)
{
	bpf_iter_link_info info = {};
	info.map.map_fd = static_cast<uint32_t>(map_fd(map));
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));
	return bpf_program__attach_iter(program, &options);
}

void Objects::attach(bpf_program *program, ProgramOutcome &outcome)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL) {
		walks_.emplace(outcome.program, bpf_program__fd(program));
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
	links_.push_back({outcome.program, link});
	if (!is_iterator(program))
		counted_.emplace_back(outcome.program, bpf_program__fd(program));
}

void Objects::detach()
{
	for (Attached &attached : links_) {
		bool iterator = attached.program.rfind("snapshot_", 0) == 0;
		if (iterator || !attached.link)
			continue;
		bpf_link__destroy(attached.link);
		attached.link = nullptr;
	}
}

void Objects::seed()
{
	int link = link_fd("seed_sockets");
	int iterator = link < 0 ? -1 : bpf_iter_create(link);
	char nothing[64];

	if (iterator < 0)
		return;
	while (read(iterator, nothing, sizeof(nothing)) > 0)
		;
	close(iterator);
}

int Objects::map_fd(const std::string &name) const
{
	auto found = maps_.find(name);
	return found == maps_.end() ? -1 : found->second;
}

int Objects::walk_fd(const std::string &program) const
{
	auto found = walks_.find(program);
	return found == walks_.end() ? -1 : found->second;
}

int Objects::link_fd(const std::string &program) const
{
	for (const Attached &attached : links_)
		if (attached.program == program && attached.link)
			return bpf_link__fd(attached.link);
	return -1;
}

// The first is tcp_set_state: the one whose misses its twin makes up for.
std::vector<int> Objects::program_fds() const
{
	std::vector<int> fds;
	for (const auto &[name, fd] : counted_)
		if (name == "tcp_set_state")
			fds.insert(fds.begin(), fd);
		else
			fds.push_back(fd);
	return fds;
}

} // namespace conntrail

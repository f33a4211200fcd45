#include "object_file.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include <cstring>

#include "knobs.h"
#include "libbpf_log.h"

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

// Half a sentence; `rejected` tells whether it is the verifier's.
std::string reason_of(int error, const std::string &log, bool &rejected)
{
	LogWords words = words_of(log);
	rejected = words.verifier;
	if (words.line.empty())
		return strerror(error);
	// libbpf explains those in the place of what the verifier says to the instruction that it put there instead.
	bool explained = words.line.find("CO-RE relocation") != std::string::npos;
	return words.verifier && !explained ? "the verifier says: " + words.line : words.line;
}

bpf_object *open_object(const ObjectRequest &request)
{
	// Maps of variables are named after the object; its folder would take the few characters they have.
	std::string name = request.object.substr(request.object.rfind('/') + 1);
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name.c_str());
	return bpf_object__open_mem(request.bytes.data(), request.bytes.size(), &options);
}

uint32_t verified_instructions(int fd)
{
	bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	return bpf_prog_get_info_by_fd(fd, &info, &size) ? 0 : info.verified_insns;
}

class ObjectFile {
public:
	ObjectFile(const ObjectRequest &request, const std::string &only, const std::map<std::string, int> &maps)
		: request_(request), only_(only), maps_(maps)
	{}

	Loaded load();

private:
	bool wanted(const std::string &program) const;
	bool prepare();
	void attach(bpf_program *program, ProgramOutcome &outcome);
	bpf_link *attach_by_type(bpf_program *program);
	bpf_link *attach_to_map(bpf_program *program, const std::string &map);
	bool put_into(const std::string &map, bpf_program *program);

	const ObjectRequest &request_;
	const std::string &only_;
	std::map<std::string, int> maps_;
	bpf_object *object_ = nullptr; // never closed: it goes with the process
	Loaded loaded_;
};

bool ObjectFile::wanted(const std::string &program) const
{
	return !request_.skip.count(program) && (only_.empty() || only_ == program);
}

// Knobs and map sizes; maps that exist already are shared. The names that the object does not have are for other objects.
bool ObjectFile::prepare()
{
	for (const auto &[name, value] : request_.knobs)
		set_knob(object_, name.c_str(), value);

	bpf_map *map = nullptr;
	bpf_object__for_each_map (map, object_) {
		if (bpf_map__is_internal(map))
			continue;
		auto known = maps_.find(bpf_map__name(map));
		auto size = request_.maps.find(bpf_map__name(map));
		int result = 0;
		if (known != maps_.end())
			result = bpf_map__reuse_fd(map, known->second);
		else if (size != request_.maps.end())
			result = bpf_map__set_max_entries(map, size->second);
		if (result)
			return false;
	}
	return true;
}

Loaded ObjectFile::load()
{
	object_ = open_object(request_);
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
		loaded_.reason = reason_of(error, take_libbpf_log(), loaded_.rejected);
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
		outcome.program = bpf_program__name(program);
		outcome.section = bpf_program__section_name(program);
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
	auto walks = request_.iterators.find(bpf_program__name(program));
	return walks == request_.iterators.end() ? bpf_program__attach_iter(program, nullptr)
						 : attach_to_map(program, walks->second);
}

// A map iterator is bound to its map when it is attached.
bpf_link *ObjectFile::attach_to_map(bpf_program *program, const std::string &map)
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

// The kernel takes only a program that those that call the map could be (bpf_prog_map_compatible).
bool ObjectFile::put_into(const std::string &map, bpf_program *program)
{
	auto found = maps_.find(map);
	uint32_t first = 0;
	int fd = bpf_program__fd(program);
	if (found == maps_.end()) {
		errno = ENOENT;
		return false;
	}
	return !bpf_map_update_elem(found->second, &first, &fd, BPF_ANY);
}

void ObjectFile::attach(bpf_program *program, ProgramOutcome &outcome)
{
	// Those are run, or given to sockets.
	bpf_prog_type type = bpf_program__type(program);
	if (type == BPF_PROG_TYPE_SYSCALL || type == BPF_PROG_TYPE_SOCKET_FILTER) {
		loaded_.descriptors.push_back({Kind::kProgram, outcome.program, bpf_program__fd(program)});
		outcome.attached = true;
		return;
	}
	auto called = request_.called.find(outcome.program);
	if (called != request_.called.end()) {
		if (!put_into(called->second, program)) {
			outcome.error = errno;
			outcome.reason = reason_of(outcome.error, take_libbpf_log(), outcome.rejected);
			return;
		}
		outcome.attached = true;
		loaded_.descriptors.push_back({Kind::kSlot, outcome.program, maps_.at(called->second)});
		loaded_.descriptors.push_back({Kind::kProgram, outcome.program, bpf_program__fd(program)});
		return;
	}
	bpf_link *link = attach_by_type(program);
	if (!link) {
		outcome.error = errno;
		outcome.reason = reason_of(outcome.error, take_libbpf_log(), outcome.rejected);
		return;
	}
	outcome.attached = true;
	Kind kind = is_iterator(program) ? Kind::kIteratorLink : Kind::kLink;
	loaded_.descriptors.push_back({kind, outcome.program, bpf_link__fd(link)});
	Kind of = is_iterator(program) ? Kind::kIteratorProgram : Kind::kProgram;
	loaded_.descriptors.push_back({of, outcome.program, bpf_program__fd(program)});
}

} // namespace

Loaded load_object_file(const ObjectRequest &request, const std::string &only, const std::map<std::string, int> &maps)
{
	return ObjectFile(request, only, maps).load();
}

std::vector<std::string> programs_in(const ObjectRequest &request)
{
	std::vector<std::string> names;
	bpf_object *object = open_object(request);
	bpf_program *program = nullptr;

	if (!object)
		return names;
	bpf_object__for_each_program (program, object)
		if (!request.skip.count(bpf_program__name(program)))
			names.push_back(bpf_program__name(program));
	bpf_object__close(object);
	return names;
}

} // namespace conntrail

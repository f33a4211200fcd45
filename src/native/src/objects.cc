#include "objects.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "relink.h"
#include "signals.h"

namespace conntrail {

// A program in a map stays as long as the map, and is called: it is taken out.
static void close_descriptor(const Descriptor &descriptor)
{
	uint32_t first = 0;

	if (descriptor.kind == Kind::kSlot)
		bpf_map_delete_elem(descriptor.fd, &first);
	close(descriptor.fd);
}

// What of the descriptors `goes` says is closed. Links first: what is attached stops before its maps go.
template <typename Goes> void Objects::close_all(Goes goes)
{
	std::vector<Owned> left;

	for (Kind kind :
	     {Kind::kSlot, Kind::kLink, Kind::kIteratorLink, Kind::kIteratorProgram, Kind::kProgram, Kind::kMap})
		for (const Owned &owned : owned_)
			if (owned.descriptor.kind == kind && goes(owned) && owned.descriptor.fd >= 0)
				close_descriptor(owned.descriptor);
	for (Owned &owned : owned_)
		if (!goes(owned))
			left.push_back(std::move(owned));
	owned_ = std::move(left);
}

Objects::~Objects()
{
	close_all([](const Owned &) { return true; });
}

void Objects::release(const std::string &scope)
{
	close_all([&](const Owned &owned) { return owned.scope == scope; });
}

void Objects::release(const std::string &scope, const std::string &object)
{
	close_all([&](const Owned &owned) {
		return owned.scope == scope && owned.object == object && owned.descriptor.kind != Kind::kMap;
	});
}

void Objects::detach()
{
	close_all([](const Owned &owned) {
		return owned.descriptor.kind == Kind::kLink || owned.descriptor.kind == Kind::kSlot;
	});
}

std::vector<ProgramOutcome> Objects::load(const ObjectRequest &request)
{
	SignalsHeld held;
	std::vector<ProgramOutcome> outcomes;

	load_programs(request, "", outcomes);
	return outcomes;
}

std::map<std::string, int> Objects::maps_for(const ObjectRequest &request) const
{
	std::map<std::string, int> maps;

	for (const auto &[scope, object, descriptor] : owned_)
		if (descriptor.kind == Kind::kMap && scope == request.scope_of(descriptor.name))
			maps.emplace(descriptor.name, descriptor.fd);
	return maps;
}

// Loads one program of an object, or all of them when `only` is empty.
void Objects::load_programs(const ObjectRequest &request, const std::string &only,
			    std::vector<ProgramOutcome> &outcomes)
{
	std::map<std::string, int> maps = maps_for(request);
	Loaded loaded = load_in_child(limits_, [&] { return load_object_file(request, only, maps); });

	if (!loaded.error) {
		for (Descriptor &each : loaded.descriptors) {
			bool map = each.kind == Kind::kMap;
			owned_.push_back({map ? request.scope_of(each.name) : request.scope, request.object, each});
		}
		outcomes.insert(outcomes.end(), loaded.outcomes.begin(), loaded.outcomes.end());
		return;
	}
	std::vector<std::string> programs;
	if (only.empty())
		programs = programs_in(request);
	// One refused program must not take the others with it: each on its own.
	if (programs.size() > 1) {
		for (const std::string &each : programs)
			load_programs(request, each, outcomes);
		return;
	}
	ProgramOutcome refused;
	refused.program = programs.empty() ? only : programs[0];
	refused.error = loaded.error;
	refused.reason = loaded.reason;
	refused.rejected = loaded.rejected || loaded.exceeded != Exceeded::kNothing;
	refused.exceeded = loaded.exceeded;
	outcomes.push_back(refused);
}

std::vector<Relinked> Objects::relink(const std::string &scope, const std::vector<RelinkRequest> &requests,
				      int cgroup_fd)
{
	struct Work {
		const RelinkRequest &request;
		Owned &link;
		int program;
		LinkState state;
	};
	std::vector<Work> all;
	std::vector<Relinked> done;

	for (const RelinkRequest &request : requests) {
		for (Owned &owned : owned_) {
			bool iterator = owned.descriptor.kind == Kind::kIteratorLink;
			if ((!iterator && owned.descriptor.kind != Kind::kLink) || owned.scope != scope ||
			    owned.descriptor.name != request.program)
				continue;
			int program = find(iterator ? Kind::kIteratorProgram : Kind::kProgram, scope, request.program);
			all.push_back({request, owned, program, link_state(owned.descriptor.fd, program)});
		}
	}
	bool some_gone = std::any_of(all.begin(), all.end(), [](const Work &work) { return !work.state.attached; });
	for (Work &work : all)
		if (some_gone ? !work.state.attached : work.request.wanted)
			done.push_back({work.request.program,
					relink(work.link, work.state.ours, work.program, work.request.section,
					       cgroup_fd, map_fd(scope, work.request.map))});
	return done;
}

// Links that still work go first: for a moment nothing is seen, where otherwise everything would be counted twice.
int Objects::relink(Owned &link, bool ours, int program, const std::string &section, int cgroup_fd, int map_fd)
{
	int &fd = link.descriptor.fd;

	if (link.descriptor.kind == Kind::kIteratorLink) {
		// Readers know it by its number.
		int made = ours ? link_program(program, section, cgroup_fd, map_fd) : -EBADF;
		if (made < 0)
			return -made;
		int error = dup3(made, fd, O_CLOEXEC) < 0 ? errno : 0;
		close(made);
		return error;
	}
	if (ours)
		close(fd);
	fd = link_program(program, section, cgroup_fd, map_fd);
	if (fd >= 0)
		return 0;
	int error = -fd;
	fd = -1;
	return error;
}

int Objects::find(Kind kind, const std::string &scope, const std::string &name) const
{
	for (const Owned &owned : owned_)
		if (owned.descriptor.kind == kind && owned.scope == scope && owned.descriptor.name == name)
			return owned.descriptor.fd;
	return -1;
}

int Objects::map_fd(const std::string &scope, const std::string &name) const
{
	return find(Kind::kMap, scope, name);
}

int Objects::program_fd(const std::string &scope, const std::string &program) const
{
	int fd = find(Kind::kProgram, scope, program);
	return fd < 0 ? find(Kind::kIteratorProgram, scope, program) : fd;
}

std::vector<int> Objects::descriptors() const
{
	std::vector<int> all;

	for (const Owned &owned : owned_)
		if (owned.descriptor.kind != Kind::kLink && owned.descriptor.kind != Kind::kIteratorLink &&
		    owned.descriptor.kind != Kind::kSlot)
			all.push_back(owned.descriptor.fd);
	return all;
}

int Objects::link_fd(const std::string &scope, const std::string &program) const
{
	int fd = find(Kind::kIteratorLink, scope, program);
	return fd < 0 ? find(Kind::kLink, scope, program) : fd;
}

} // namespace conntrail

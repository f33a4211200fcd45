#include "objects.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "signals.h"
#include "snapshot.h"

namespace conntrail {

namespace {

// Object file and hook group, in the order in which they are loaded: the first makes the shared maps.
struct NamedObject {
	const char *name;
	const char *group;
};
constexpr NamedObject kObjects[] = {{"tcp", "tcp"},	     {"connect", "tcp"}, {"udp", "udp"},
				    {"udp_expiry", "udp"},   {"exact", "udp"},	 {"io", "owner"},
				    {"snapshot", "snapshot"}};

// What a group gives beside its purpose, when it is asked for: refused, it is told, and the group goes on.
bool is_extra(const std::string &object)
{
	return object == "connect" || object == "exact";
}

// Of the snapshot's object, but no part of its ladder: it is run once, at the start.
constexpr char kSeed[] = "seed_sockets";

} // namespace

Objects::~Objects()
{
	// Links first: what is attached stops before its maps go.
	for (Kind kind : {Kind::kLink, Kind::kIteratorLink, Kind::kWalk, Kind::kCounted, Kind::kMap})
		for (const Descriptor &descriptor : descriptors_)
			if (descriptor.kind == kind)
				close(descriptor.fd);
	if (cgroup_fd_ >= 0)
		close(cgroup_fd_);
}

bool Objects::load()
{
	SignalsHeld held;

	if (settings_.cgroup.empty()) {
		cgroup_error_ = ENOENT;
	} else {
		cgroup_fd_ = open(settings_.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		cgroup_error_ = errno;
	}
	for (const NamedObject &object : kObjects)
		if (!is_extra(object.name) || settings_.asks_for(object.name))
			load_object(object.name, object.group);
	// What was damaged is told, and not made up for by something else.
	if (!group_unfit("snapshot"))
		load_walks();
	settings_.objects.clear();
	for (ProgramOutcome &outcome : outcomes_)
		outcome.optional = is_extra(outcome.object);
	return map_fd("batches") >= 0;
}

// Loads one program of an object, or all of them when `only` is empty.
void Objects::load_programs(const std::string &name, const std::string &group, const std::string &only)
{
	std::map<std::string, int> maps;
	for (const Descriptor &descriptor : descriptors_)
		if (descriptor.kind == Kind::kMap)
			maps.emplace(descriptor.name, descriptor.fd);
	ObjectRequest request{name, group, only, udp_on_, cgroup_fd_};
	Loaded loaded = load_in_child(limits_, [&] { return load_object_file(settings_, request, maps); });

	if (!loaded.error) {
		descriptors_.insert(descriptors_.end(), loaded.descriptors.begin(), loaded.descriptors.end());
		outcomes_.insert(outcomes_.end(), loaded.outcomes.begin(), loaded.outcomes.end());
		return;
	}
	std::vector<std::string> programs;
	if (only.empty())
		programs = programs_in(settings_, name);
	// One refused program must not take the others with it: each on its own.
	if (programs.size() > 1)
		for (const std::string &each : programs)
			load_programs(name, group, each);
	else
		refuse(name, group, programs.empty() ? only : programs[0], loaded);
}

void Objects::refuse(const std::string &name, const std::string &group, const std::string &program,
		     const Loaded &loaded)
{
	ProgramOutcome outcome;
	outcome.object = name;
	outcome.program = program.empty() ? name : program;
	outcome.group = group;
	outcome.error = loaded.error;
	outcome.reason = loaded.reason;
	outcome.exceeded = loaded.exceeded;
	outcomes_.push_back(outcome);
}

// Not what was built, or missing: it may not be loaded.
bool Objects::unfit(const std::string &name) const
{
	auto found = settings_.objects.find(name);
	return found == settings_.objects.end() || !found->second.refusal.empty();
}

// Without one of its objects a group would give something else than it says.
bool Objects::group_unfit(const std::string &group) const
{
	for (const NamedObject &object : kObjects)
		if (object.group == group && !is_extra(object.name) && unfit(object.name))
			return true;
	return false;
}

void Objects::load_object(const std::string &name, const std::string &group)
{
	if (unfit(name)) {
		auto found = settings_.objects.find(name);
		Loaded loaded;
		loaded.error = EBADMSG;
		loaded.reason = found == settings_.objects.end() ? "it was not built" : found->second.refusal;
		refuse(name, group, name, loaded);
		return;
	}
	if (group_unfit(group))
		return;
	if ((group == "udp" || name == "connect") && cgroup_fd_ < 0) {
		if (group == "udp" && name != group)
			return; // said once
		std::string why = settings_.cgroup.empty()
					  ? settings_.without_cgroup
					  : settings_.cgroup + " could not be opened (" + strerror(cgroup_error_) + ")";
		Loaded loaded;
		loaded.error = cgroup_error_;
		loaded.reason = group == "udp" ? why + ", so UDP sockets cannot be followed" : why;
		refuse(name, group, name, loaded);
		return;
	}
	load_programs(name, group, "");
	if (name == "udp") {
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
		bool wanted = outcomes_[i].object == "snapshot" && outcomes_[i].program != kSeed;
		if (works ? !wanted : i < before)
			told.push_back(outcomes_[i]);
	}
	outcomes_ = std::move(told);
}

void Objects::detach()
{
	std::vector<Descriptor> left;
	for (const Descriptor &descriptor : descriptors_) {
		if (descriptor.kind == Kind::kLink)
			close(descriptor.fd);
		else
			left.push_back(descriptor);
	}
	descriptors_ = std::move(left);
}

void Objects::seed()
{
	int link = link_fd(kSeed);
	int iterator = link < 0 ? -1 : bpf_iter_create(link);
	char nothing[64];

	if (iterator < 0)
		return;
	while (read(iterator, nothing, sizeof(nothing)) > 0)
		;
	close(iterator);
}

int Objects::find(Kind kind, const std::string &name) const
{
	for (const Descriptor &descriptor : descriptors_)
		if (descriptor.kind == kind && descriptor.name == name)
			return descriptor.fd;
	return -1;
}

int Objects::map_fd(const std::string &name) const
{
	return find(Kind::kMap, name);
}

int Objects::walk_fd(const std::string &program) const
{
	return find(Kind::kWalk, program);
}

int Objects::link_fd(const std::string &program) const
{
	int fd = find(Kind::kIteratorLink, program);
	return fd < 0 ? find(Kind::kLink, program) : fd;
}

// The first is tcp_set_state: the one whose misses its twin makes up for.
std::vector<int> Objects::program_fds() const
{
	std::vector<int> fds;
	for (const Descriptor &descriptor : descriptors_) {
		if (descriptor.kind != Kind::kCounted)
			continue;
		if (descriptor.name == "tcp_set_state")
			fds.insert(fds.begin(), descriptor.fd);
		else
			fds.push_back(descriptor.fd);
	}
	return fds;
}

std::vector<int> Objects::io_program_fds() const
{
	std::vector<int> fds;
	std::string twin = settings_.io_twins ? "_twin" : "";
	for (const Descriptor &descriptor : descriptors_)
		if (descriptor.kind == Kind::kCounted &&
		    (descriptor.name == "io_send" + twin || descriptor.name == "io_recv" + twin))
			fds.push_back(descriptor.fd);
	return fds;
}

} // namespace conntrail

#include "load_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "libbpf_log.h"

namespace conntrail {

namespace {

constexpr int kLookMs = 10; // a verifier has been seen to take 1 GB a second, so 10 MB between two looks
constexpr double kWallFactor = 4; // a child that gets no CPU, or hangs, is given up after so many times its limit
constexpr char kMostKillable[] = "1000"; // OOM_SCORE_ADJ_MAX
constexpr double kMb = 1024 * 1024;

struct Memory {
	uint64_t available = 0; // bytes
	uint64_t unreclaimable = 0; // bytes of kernel objects: where the verifier's states are
};

Memory memory_now()
{
	Memory memory;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file)) {
		unsigned long long kb;
		if (sscanf(line, "MemAvailable: %llu", &kb) == 1)
			memory.available = kb * 1024;
		else if (sscanf(line, "SUnreclaim: %llu", &kb) == 1)
			memory.unreclaimable = kb * 1024;
	}
	if (file)
		fclose(file);
	return memory;
}

double seconds_of(clockid_t clock)
{
	timespec time = {};
	clock_gettime(clock, &time);
	return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Loaded refusal(int error, std::string reason, Exceeded exceeded = Exceeded::kNothing)
{
	Loaded loaded;
	loaded.error = error;
	loaded.reason = std::move(reason);
	loaded.exceeded = exceeded;
	return loaded;
}

// The limits as this process watches over them. None of the kernel's own will do: RLIMIT_CPU is acted on at the return from the system call
// that is too long, and a cgroup with memory.max would be charged for the maps as long as they live.
class Watch {
public:
	Watch(const LoadLimits &limits, pid_t child) : limits_(limits), start_(memory_now())
	{
		// A host with little memory left keeps half of it.
		most_ = std::min(limits.memory, start_.available / 2);
		if (clock_getcpuclockid(child, &cpu_))
			cpu_ = CLOCK_MONOTONIC;
	}

	// True, with the reason in `why`, when the child is to be ended.
	bool exceeded(Loaded &why)
	{
		Memory memory = memory_now();
		double cpu = seconds_of(cpu_) - (cpu_ == CLOCK_MONOTONIC ? began_ : 0);
		double wall = seconds_of(CLOCK_MONOTONIC) - began_;
		char text[160];

		if (memory.unreclaimable > start_.unreclaimable + most_) {
			snprintf(text, sizeof(text),
				 "the verifier took more than %.0f MiB of kernel memory and was stopped",
				 static_cast<double>(most_) / kMb);
			why = refusal(ENOMEM, text, Exceeded::kMemory);
			return true;
		}
		if (memory.available < start_.available / 4) {
			why = refusal(ENOMEM, "memory ran short while the verifier was at work, and it was stopped",
				      Exceeded::kMemory);
			return true;
		}
		if (cpu > limits_.seconds || wall > limits_.seconds * kWallFactor) {
			snprintf(text, sizeof(text), "the verifier took more than %g s and was stopped",
				 limits_.seconds);
			why = refusal(ETIMEDOUT, text, Exceeded::kTime);
			return true;
		}
		return false;
	}

private:
	LoadLimits limits_;
	Memory start_;
	uint64_t most_ = 0;
	clockid_t cpu_ = CLOCK_MONOTONIC;
	double began_ = seconds_of(CLOCK_MONOTONIC);
};

// The child has ended by itself and left no result.
Loaded without_result(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return refusal(ENOMEM, "the kernel ended the loading for want of memory", Exceeded::kMemory);
	if (WIFSIGNALED(status))
		return refusal(EFAULT, std::string("the loading process was ended by signal ") +
					       std::to_string(WTERMSIG(status)));
	return refusal(EIO, "the loading process ended without a result");
}

[[noreturn]] void be_the_child(int socket, pid_t parent, const std::function<Loaded()> &work)
{
	// Should memory run out all the same, the kernel is to take this process, not another.
	int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	bool told = file >= 0 && write(file, kMostKillable, sizeof(kMostKillable) - 1) > 0;
	static_cast<void>(told); // without /proc the watch is all there is
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	int error = send_loaded(socket, work());
	if (error)
		send_loaded(socket,
			    refusal(error, std::string("its result could not be handed over: ") + strerror(error)));
	// Nothing of the parent's that a proper exit would run may run here.
	_exit(0);
}

} // namespace

Loaded load_in_child(const LoadLimits &limits, const std::function<Loaded()> &work)
{
	int sockets[2];
	pid_t parent = getpid();
	Loaded loaded;

	capture_libbpf_log();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return refusal(errno, std::string("no socket to the loading process: ") + strerror(errno));
	// fork, and not clone: the C library makes its allocator usable in the child, whatever other threads were at.
	pid_t child = fork();
	if (child == 0) {
		close(sockets[0]);
		be_the_child(sockets[1], parent, work);
	}
	int error = errno;
	close(sockets[1]);
	if (child < 0) {
		close(sockets[0]);
		return refusal(error, std::string("no process to load in: ") + strerror(error));
	}

	Watch watch(limits, child);
	pollfd result = {sockets[0], POLLIN, 0};
	bool stopped = false;
	while (poll(&result, 1, kLookMs) <= 0 && !stopped)
		stopped = watch.exceeded(loaded);
	if (stopped)
		kill(child, SIGKILL);
	else
		error = receive_loaded(sockets[0], loaded);
	close(sockets[0]);
	// Until it has ended its memory is not back.
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (stopped || !error)
		return loaded;
	return error == EPIPE ? without_result(status)
			      : refusal(error, std::string("the programs could not be taken over: ") + strerror(error));
}

} // namespace conntrail

// Waiting for programs that run already.
#pragma once

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace conntrail {

// Returns when every program that began before has ended: programs run inside RCU read sections, and MEMBARRIER_CMD_GLOBAL is a
// synchronize_rcu (kernel/sched/membarrier.c). Where it is refused (nohz_full), programs, which take microseconds, get 50 ms.
inline void wait_for_programs()
{
	constexpr useconds_t kQuiesceUs = 50000;

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(kQuiesceUs);
}

} // namespace conntrail

// Signals held back for a while.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace conntrail {

// The verifier gives up with EAGAIN when a signal is pending (kernel/bpf/verifier.c), and a profiler sends a thousand a second.
class SignalsHeld {
public:
	SignalsHeld()
	{
		sigset_t all;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before_);
	}
	~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
	SignalsHeld(const SignalsHeld &) = delete;
	SignalsHeld &operator=(const SignalsHeld &) = delete;

private:
	sigset_t before_;
};

} // namespace conntrail

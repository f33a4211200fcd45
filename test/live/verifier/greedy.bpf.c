/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * A program that a verifier goes through only with gigabytes of memory, and one beside it that is harmless.
 *
 * The verifier keeps a copy of its state at a jump when 8 instructions and 2 jumps lie behind the last copy. 110,000 times 8 instructions are
 * below its limit of 1,000,000. No jump here can be taken, so that nothing is to be tried twice; each place is another one, so that no copy is
 * ever found to be like an earlier one, and none can be thrown away before the end.
 */
#include "deep.h"

static __attribute__((noinline)) int deepest(int seed)
{
	volatile char room[STACK];

	room[0] = seed;
	asm volatile(".rept 110000\n"
		     "r1 = 1\n"
		     "if r1 s> 2 goto +0\n"
		     "if r1 s> 3 goto +0\n"
		     "r1 = 2\n"
		     "r1 = 3\n"
		     "r1 = 4\n"
		     "r1 = 5\n"
		     "r1 = 6\n"
		     ".endr\n" ::
			     : "r1");
	return room[0];
}

SEC("tp_btf/inet_sock_set_state")
int greedy(void *ctx)
{
	return second(bpf_get_prandom_u32()) & 1;
}

SEC("tp_btf/inet_sock_set_state")
int harmless(void *ctx)
{
	return 0;
}

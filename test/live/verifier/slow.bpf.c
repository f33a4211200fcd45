/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * A program that a verifier needs seconds for, and little memory. 20 branches in a row, whose outcomes are the bits of r6, and r6 matters at
 * the end: no two ways are alike, and the verifier goes through them until it has seen 1,000,000 instructions.
 */
#include "deep.h"

static __attribute__((noinline)) int deepest(int seed)
{
	volatile char room[STACK];

	room[0] = seed;
	asm volatile("r6 = 0\n"
		     ".rept 20\n"
		     "call 7\n" /* bpf_get_prandom_u32 */
		     "r6 <<= 1\n"
		     "if r0 s> 0 goto +1\n"
		     "r6 += 1\n"
		     ".endr\n"
		     "if r6 == 12345 goto +0\n" ::
			     : "r0", "r1", "r2", "r3", "r4", "r5", "r6");
	return 1;
}

SEC("tp_btf/inet_sock_set_state")
int slow(void *ctx)
{
	return second(bpf_get_prandom_u32()) & 1;
}

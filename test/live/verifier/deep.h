/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Eight frames, each with all of its stack in use: a state of the verifier has all of that in it, 20 KB, so that each copy costs much memory,
 * and each comparison with another one much time. Needs a function `deepest`, which is the eighth frame.
 */
#ifndef CONNTRAIL_TEST_DEEP_H
#define CONNTRAIL_TEST_DEEP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define STACK 48 /* bytes of each frame; the kernel gives 512 to all of them */

char LICENSE[] SEC("license") = "GPL";

#define FRAME(name, below)                                  \
	static __attribute__((noinline)) int name(int seed) \
	{                                                   \
		volatile char room[STACK];                  \
                                                            \
		for (int i = 0; i < STACK; i++)             \
			room[i] = seed;                     \
		return below(seed + room[1]) + room[0];     \
	}

static int deepest(int seed);
FRAME(seventh, deepest)
FRAME(sixth, seventh)
FRAME(fifth, sixth)
FRAME(fourth, fifth)
FRAME(third, fourth)
FRAME(second, third)

#endif

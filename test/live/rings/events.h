/* What the test and its program share. */
#ifndef CONNTRAIL_TEST_EVENTS_H
#define CONNTRAIL_TEST_EVENTS_H

#include "frame.h"

#define MOST_AT_ONCE 64
#define UNITLESS 0x4102 /* a kind of the second feature that stands for no unit, and is counted by no program */

struct test_event {
	struct ct_event head;
	__u64 number;
	__u64 padding[6];
};

/* Context of the program. */
struct emission {
	__u64 first; /* number of the first event */
	__u32 kind;
	__u32 count;
	__u32 length; /* that the events name */
	__u32 emitted; /* out: what found room */
	__u64 last; /* out: number of the last one that did, and 1 */
};

#endif

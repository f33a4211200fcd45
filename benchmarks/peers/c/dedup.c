// SPDX-License-Identifier: Apache-2.0
#include "dedup.h"

uint32_t dedup_see(struct dedup *dedup, uint32_t cpu, uint64_t id, uint32_t length)
{
	for (int i = 0; i < DEDUP_SLOTS; i++) {
		if (dedup->slots[cpu][i].id != id || !dedup->slots[cpu][i].seen)
			continue;
		uint32_t seen = dedup->slots[cpu][i].seen;
		if (length > seen)
			dedup->slots[cpu][i].seen = length;
		return seen;
	}
	int slot = dedup->next[cpu]++ % DEDUP_SLOTS;
	dedup->slots[cpu][slot].id = id;
	dedup->slots[cpu][slot].seen = length;
	return 0;
}

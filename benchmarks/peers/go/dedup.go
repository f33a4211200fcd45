// SPDX-License-Identifier: Apache-2.0

package peer

const (
	dedupCPUs  = 64
	dedupSlots = 8
)

// dedup knows which records of which batch were seen: several ids per CPU, since a batch is read while it grows and comes whole later.
type dedup struct {
	slots [dedupCPUs][dedupSlots]struct {
		id   uint64
		seen uint32
	}
	next [dedupCPUs]uint8
}

// see remembers that length records of the batch were seen and returns how many had been before.
func (d *dedup) see(cpu uint32, id uint64, length uint32) uint32 {
	slots := &d.slots[cpu]
	for i := range slots {
		if s := &slots[i]; s.id == id && s.seen != 0 {
			seen := s.seen
			s.seen = max32(seen, length)
			return seen
		}
	}
	s := &slots[d.next[cpu]%dedupSlots]
	d.next[cpu]++
	s.id, s.seen = id, length
	return 0
}

func max32(a, b uint32) uint32 {
	if a > b {
		return a
	}
	return b
}

// SPDX-License-Identifier: Apache-2.0

package peer

// graceNs says how long after the close of a UDP socket a row of it can still be read, by the frames' clock.
const graceNs = 2e9

type identity struct {
	cookie     uint64
	generation uint32
}

type deltas struct {
	sentBytes, receivedBytes, sentPackets, receivedPackets, retransmits uint64
	established, closed                                                 bool
}

// entry is what was told of one connection. It holds no pointers, so that the collector need not look at it.
type entry struct {
	sentBytes, receivedBytes, sentPackets, receivedPackets, retransmits uint64
	toldEstablished, buried                                             bool
}

type grave struct {
	id    identity
	slot  uint32
	endNs uint64
}

// table keeps what was told of each connection; a closed one stays buried until a snapshot begun after its close ends.
type table struct {
	index   map[identity]uint32
	entries []entry
	free    []uint32
	// graves is the queue of the buried, in order of burial; those before first are released.
	graves []grave
	first  int
	open   int
	// nowNs is the latest time that the frames told.
	nowNs          uint64
	repeated, late uint64
}

func newTable() *table {
	return &table{index: make(map[identity]uint32)}
}

func (t *table) insert(id identity) uint32 {
	var slot uint32
	if n := len(t.free); n > 0 {
		slot = t.free[n-1]
		t.free = t.free[:n-1]
		t.entries[slot] = entry{}
	} else {
		slot = uint32(len(t.entries))
		t.entries = append(t.entries, entry{})
	}
	t.index[id] = slot
	t.open++
	return slot
}

// update says what the record adds to what was told before; false when nobody needs to hear of it.
func (t *table) update(c *conn, closed bool, d *deltas) bool {
	id := identity{c.cookie, c.generation}
	slot, known := t.index[id]
	if known && t.entries[slot].buried {
		if closed {
			t.repeated++
		} else {
			t.late++
		}
		return false
	}
	if !known {
		slot = t.insert(id)
	}
	e := &t.entries[slot]
	established := c.established()
	*d = deltas{
		sentBytes:       c.sentBytes - e.sentBytes,
		receivedBytes:   c.receivedBytes - e.receivedBytes,
		sentPackets:     c.sentPackets - e.sentPackets,
		receivedPackets: c.receivedPackets - e.receivedPackets,
		retransmits:     uint64(c.retransmits) - e.retransmits,
		established:     established && !e.toldEstablished,
		closed:          closed,
	}
	if closed {
		e.buried = true
		t.open--
		t.graves = append(t.graves, grave{id, slot, t.closedNs(c)})
		return true
	}
	e.sentBytes, e.receivedBytes = c.sentBytes, c.receivedBytes
	e.sentPackets, e.receivedPackets = c.sentPackets, c.receivedPackets
	e.retransmits = uint64(c.retransmits)
	e.toldEstablished = e.toldEstablished || established
	return !known || d.established ||
		d.sentBytes|d.receivedBytes|d.sentPackets|d.receivedPackets|d.retransmits != 0
}

// closedNs says when a row of the connection can have been read last. UDP records tell of the last datagram, however long ago the socket
// was closed.
func (t *table) closedNs(c *conn) uint64 {
	if c.protocol == udp && t.nowNs+graceNs > c.endNs {
		return t.nowNs + graceNs
	}
	return c.endNs
}

// clock says what time it is, by the boot clock of the frames; an earlier time than before changes nothing.
func (t *table) clock(ns uint64) {
	if ns > t.nowNs {
		t.nowNs = ns
	}
}

// release forgets connections that closed before.
func (t *table) release(ns uint64) {
	for t.first < len(t.graves) && t.graves[t.first].endNs < ns {
		g := &t.graves[t.first]
		delete(t.index, g.id)
		t.free = append(t.free, g.slot)
		t.first++
	}
	n := copy(t.graves, t.graves[t.first:])
	t.graves = t.graves[:n]
	t.first = 0
}

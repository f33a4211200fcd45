// SPDX-License-Identifier: Apache-2.0

package peer

import "encoding/binary"

// Pipeline takes frames and writes records: dedup, table, Avro.
type Pipeline struct {
	dedup   dedup
	table   *table
	blocks  *blocks
	encoder encoder
	// avro false: the deltas are only added up.
	avro                                           bool
	frames, records, kept, discarded, emitted, sum uint64
}

// NewPipeline makes one that encodes, or only adds the deltas up; check asks for the checksum of every block.
func NewPipeline(avro, check bool) *Pipeline {
	return &Pipeline{
		table:   newTable(),
		blocks:  newBlocks(check),
		encoder: newEncoder("bench-host-01", "2b6f0cc9-04d1-46e1-a5de-0a31ae4f1d4c"),
		avro:    avro,
	}
}

// Push takes one frame; it does not keep the payload.
func (p *Pipeline) Push(f Frame) {
	p.frames++
	switch f.Kind {
	case kindBatch, kindPending:
		p.records += uint64(f.Fresh)
		p.batch(f)
	case KindSingle:
		p.records++
		p.take(f.Payload[singleRecord:], 1, true)
	case kindSnapshot:
		rows := len(f.Payload) / connSize
		p.records += uint64(rows)
		p.take(f.Payload, rows, false)
	case kindSnapshotEnd:
		ns := binary.LittleEndian.Uint64(f.Payload)
		p.table.clock(ns)
		p.table.release(ns)
	case kindClock:
		p.table.clock(binary.LittleEndian.Uint64(f.Payload))
		p.encoder.wallOffsetUs = int64(binary.LittleEndian.Uint64(f.Payload[8:]))
	}
}

func (p *Pipeline) batch(f Frame) {
	id := binary.LittleEndian.Uint64(f.Payload)
	cpu := binary.LittleEndian.Uint32(f.Payload[8:])
	length := binary.LittleEndian.Uint32(f.Payload[12:])
	if length > batchCapacity || cpu >= dedupCPUs || f.Fresh > length {
		return
	}
	known := length - f.Fresh
	start := max32(p.dedup.see(cpu, id, length), known)
	if start > length {
		start = length
	}
	p.discarded += uint64(start - known)
	p.take(f.Payload[batchRecords+int(start)*connSize:], int(length-start), true)
}

func (p *Pipeline) take(b []byte, count int, closed bool) {
	var d deltas
	for i := 0; i < count; i++ {
		c := connAt(b[i*connSize:])
		repeated := p.table.repeated
		if !p.table.update(c, closed, &d) {
			p.discarded += p.table.repeated - repeated
			continue
		}
		if closed {
			p.kept++
		}
		p.emitted++
		if p.avro {
			p.blocks.bytes = p.encoder.append(p.blocks.room(), c, &d, p.emitted)
		} else {
			p.sum += d.sentBytes + d.receivedBytes + d.sentPackets + d.receivedPackets + d.retransmits
		}
	}
}

// Finish writes the last block.
func (p *Pipeline) Finish() {
	p.blocks.close()
}

// Result is what all peers must agree in, by name.
func (p *Pipeline) Result() map[string]any {
	return map[string]any{
		"frames": p.frames, "records": p.records, "emitted": p.emitted, "bytes": p.blocks.total, "crc": p.blocks.crc,
		"sum": p.sum, "kept": p.kept, "discarded": p.discarded, "repeated": p.table.repeated, "late": p.table.late,
		"open": p.table.open,
	}
}

// Release forgets connections that closed before; for a source of frames without snapshots.
func (p *Pipeline) Release(ns uint64) {
	p.table.release(ns)
}

// Clock says what time it is by the boot clock, and how far the wall clock is ahead of it, in µs; for a source of frames without clocks.
func (p *Pipeline) Clock(bootNs uint64, wallOffsetUs int64) {
	p.table.clock(bootNs)
	p.encoder.wallOffsetUs = wallOffsetUs
}

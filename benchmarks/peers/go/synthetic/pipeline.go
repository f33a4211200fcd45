// SPDX-License-Identifier: Apache-2.0

package main

import "encoding/binary"

// pipeline takes frames and writes records: dedup, table, Avro.
type pipeline struct {
	dedup   dedup
	table   *table
	blocks  *blocks
	encoder encoder
	// avro false: the deltas are only added up.
	avro                                           bool
	frames, records, kept, discarded, emitted, sum uint64
}

func newPipeline(avro, check bool) *pipeline {
	return &pipeline{
		table:   newTable(),
		blocks:  newBlocks(check),
		encoder: newEncoder("bench-host-01", "2b6f0cc9-04d1-46e1-a5de-0a31ae4f1d4c"),
		avro:    avro,
	}
}

func (p *pipeline) push(f frame) {
	p.frames++
	switch f.kind {
	case kindBatch, kindPending:
		p.records += uint64(f.fresh)
		p.batch(f)
	case kindSingle:
		p.records++
		p.take(f.payload[singleRecord:], 1, true)
	case kindSnapshot:
		rows := len(f.payload) / connSize
		p.records += uint64(rows)
		p.take(f.payload, rows, false)
	case kindSnapshotEnd:
		p.table.release(binary.LittleEndian.Uint64(f.payload))
	case kindClock:
		p.encoder.wallOffsetUs = int64(binary.LittleEndian.Uint64(f.payload[8:]))
	}
}

func (p *pipeline) batch(f frame) {
	id := binary.LittleEndian.Uint64(f.payload)
	cpu := binary.LittleEndian.Uint32(f.payload[8:])
	length := binary.LittleEndian.Uint32(f.payload[12:])
	if length > batchCapacity || cpu >= dedupCPUs || f.fresh > length {
		return
	}
	known := length - f.fresh
	start := max32(p.dedup.see(cpu, id, length), known)
	if start > length {
		start = length
	}
	p.discarded += uint64(start - known)
	p.take(f.payload[batchRecords+int(start)*connSize:], int(length-start), true)
}

func (p *pipeline) take(b []byte, count int, closed bool) {
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

func (p *pipeline) finish() {
	p.blocks.close()
}

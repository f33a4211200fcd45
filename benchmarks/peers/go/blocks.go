// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"hash/crc32"
	"os"
)

const (
	blockBytes = 64 * 1024
	// sample says of how many blocks one is checked while the clock runs.
	sample = 256
)

// blocks writes encoded records, 64 KiB at a time, to /dev/null.
type blocks struct {
	bytes  []byte
	file   *os.File
	every  uint64
	blocks uint64
	total  uint64
	crc    uint32
}

func newBlocks(check bool) *blocks {
	file, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	b := &blocks{bytes: make([]byte, 0, blockBytes), file: file, every: sample}
	if check {
		b.every = 1
	}
	return b
}

// room is where the next record is appended; a block that might not hold it is written first.
func (b *blocks) room() []byte {
	if blockBytes-len(b.bytes) < maxRecord {
		b.cut()
	}
	return b.bytes
}

func (b *blocks) cut() {
	if len(b.bytes) == 0 {
		return
	}
	if b.blocks%b.every == 0 {
		b.crc = crc32.Update(b.crc, crc32.IEEETable, b.bytes)
	}
	b.blocks++
	b.total += uint64(len(b.bytes))
	if _, err := b.file.Write(b.bytes); err != nil {
		panic(err)
	}
	b.bytes = b.bytes[:0]
}

func (b *blocks) close() {
	b.cut()
	b.file.Close()
}

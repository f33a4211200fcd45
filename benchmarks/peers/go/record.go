// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"encoding/binary"
	"unsafe"
)

// The wire layout of bpf/include/frame.h and bpf/connections/frames.h.
const (
	kindClock       = 0x0001
	kindBatch       = 0x0101
	KindSingle      = 0x0102
	kindPending     = 0x0103
	kindSnapshot    = 0x0105
	kindSnapshotEnd = 0x0106

	FrameHeader   = 24
	connSize      = int(unsafe.Sizeof(conn{}))
	batchCapacity = 22
	batchRecords  = 216
	singleRecord  = 8
	// SingleSize is the size of struct ct_single.
	SingleSize = singleRecord + connSize

	ipv4 = 2
	tcp  = 6
	udp  = 17

	minRTTUnknown = 1<<32 - 1

	// Bits of conn.unknown.
	unknownSentPackets     = 1
	unknownReceivedPackets = 2
	unknownReceivedBytes   = 4
	unknownError           = 8

	// States that only follow a handshake.
	establishedStates = 0xb72
)

// conn is struct ct_conn.
type conn struct {
	cookie, netnsCookie, cgroupID uint64
	startNs, endNs                uint64
	sentBytes, receivedBytes      uint64
	sentPackets, receivedPackets  uint64
	localAddress, remoteAddress   [16]byte
	localPort, remotePort         uint16
	netnsInode, pid, uid          uint32
	comm                          [16]byte
	generation, retransmits       uint32
	srttUs, rttvarUs, minRTTUs    uint32
	transitions, error            uint16
	family, protocol              uint8
	direction, state              uint8
	ownerSource, resetBy          uint8
	observedFrom, tcpState        uint8
	scope                         uint32
	unknown, _                    uint16
}

// A batch is one page; a constant below 0 does not compile.
const _ = uint(4096 - 8 - batchRecords - batchCapacity*connSize)

// connAt is a view of the record at the start of b, which must be 8-byte aligned.
func connAt(b []byte) *conn {
	_ = b[connSize-1]
	return (*conn)(unsafe.Pointer(&b[0]))
}

func (c *conn) established() bool {
	return c.protocol == tcp && c.transitions&establishedStates != 0
}

// Frame is one frame of the input: header fields and payload.
type Frame struct {
	Kind    uint16
	Fresh   uint32
	Payload []byte
}

// NextFrame takes the first frame off b; ok is false when b holds no whole one.
func NextFrame(b []byte) (f Frame, size int, ok bool) {
	if len(b) < FrameHeader {
		return f, 0, false
	}
	length := int(binary.LittleEndian.Uint32(b))
	size = FrameHeader + (length+7)&^7
	if len(b) < size {
		return f, 0, false
	}
	f.Kind = binary.LittleEndian.Uint16(b[4:])
	f.Fresh = binary.LittleEndian.Uint32(b[12:])
	f.Payload = b[FrameHeader : FrameHeader+length]
	return f, size, true
}

// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"bytes"
	"syscall"
)

// maxRecord is the most bytes of one record, as the TypeScript encoder promises; blocks are cut by it, so all peers have the same number.
const maxRecord = 3872

// encoder writes Avro binary of schemas/connection.avsc.
type encoder struct {
	// prefix is host and boot id as Avro strings, and the run, 0: what every record begins with.
	prefix       []byte
	wallOffsetUs int64
}

func newEncoder(host, bootID string) encoder {
	b := appendString(nil, []byte(host))
	return encoder{prefix: appendLong(appendString(b, []byte(bootID)), 0)}
}

// appendLong writes Avro's long: zigzag, then seven bits a byte.
func appendLong(b []byte, v int64) []byte {
	return appendUnsigned(b, uint64(v)<<1^uint64(v>>63))
}

func appendUnsigned(b []byte, u uint64) []byte {
	for u >= 0x80 {
		b = append(b, byte(u)|0x80)
		u >>= 7
	}
	return append(b, byte(u))
}

func appendString(b, s []byte) []byte {
	return append(appendLong(b, int64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendCount writes a boolean as the long 0 or 1.
func appendCount(b []byte, v bool) []byte {
	if v {
		return append(b, 2)
	}
	return append(b, 0)
}

// appendAddress writes an address as a string; its length fits one byte.
func appendAddress(b []byte, address *[16]byte, v4 bool) []byte {
	at := len(b)
	b = append(b, 0)
	if v4 {
		b = appendIPv4(b, address[:4])
	} else {
		b = appendIPv6(b, address)
	}
	b[at] = byte(len(b)-at-1) << 1
	return b
}

func (e *encoder) append(b []byte, c *conn, d *deltas, seq uint64) []byte {
	isTCP := c.protocol == tcp
	v4 := c.family == ipv4
	closed := c.state != 0
	startUs, endUs := int64(c.startNs/1000), int64(c.endNs/1000)

	b = append(b, e.prefix...)
	b = appendLong(b, int64(c.cookie))
	b = appendLong(b, int64(c.generation))
	b = appendLong(b, int64(seq))
	b = appendCount(b, !isTCP)
	b = appendCount(b, !v4)
	if c.direction <= 2 {
		b = append(b, c.direction<<1)
	} else {
		b = append(b, 0)
	}
	b = appendCount(b, closed)
	if c.localAddress == [16]byte{} {
		b = append(b, 0)
	} else {
		b = appendAddress(append(b, 2), &c.localAddress, v4)
	}
	b = appendLong(b, int64(c.localPort))
	b = append(b, 0) // nobody knows names
	if c.remoteAddress == [16]byte{} && c.remotePort == 0 {
		b = append(b, 0)
	} else {
		b = appendAddress(append(b, 2), &c.remoteAddress, v4)
		b = appendLong(b, int64(c.remotePort))
		b = appendOptional(b, c.scope != 0, int64(c.scope))
		b = append(b, 0)
	}
	b = appendLong(b, int64(c.netnsInode))
	b = appendLong(b, int64(c.netnsCookie))
	if c.ownerSource == 0 || c.ownerSource > 5 {
		b = append(b, 0)
	} else {
		b = appendProcess(append(b, 2), c)
	}
	b = appendOptional(b, c.startNs != 0, startUs+e.wallOffsetUs)
	b = appendOptional(b, closed && c.endNs != 0, endUs+e.wallOffsetUs)
	b = appendOptional(b, c.startNs != 0 && c.endNs != 0, endUs-startUs)
	b = appendLong(b, int64(d.sentBytes))
	b = appendOptional(b, c.unknown&unknownReceivedBytes == 0, int64(d.receivedBytes))
	b = appendOptional(b, c.unknown&unknownSentPackets == 0, int64(d.sentPackets))
	b = appendOptional(b, c.unknown&unknownReceivedPackets == 0, int64(d.receivedPackets))
	b = appendLong(b, int64(d.retransmits))
	b = appendCount(b, d.established)
	b = appendCount(b, d.closed)
	b = appendLong(b, int64(c.sentBytes))
	b = appendOptional(b, c.unknown&unknownReceivedBytes == 0, int64(c.receivedBytes))
	b = appendOptional(b, c.unknown&unknownSentPackets == 0, int64(c.sentPackets))
	b = appendOptional(b, c.unknown&unknownReceivedPackets == 0, int64(c.receivedPackets))
	b = appendLong(b, int64(c.retransmits))
	b = appendCount(b, c.established())
	b = appendCount(b, closed)
	b = appendOptional(b, isTCP && c.srttUs != 0, int64(c.srttUs))
	b = appendOptional(b, isTCP && c.srttUs != 0, int64(c.rttvarUs))
	b = appendOptional(b, isTCP && c.minRTTUs != 0 && c.minRTTUs != minRTTUnknown, int64(c.minRTTUs))
	if c.error == 0 && c.unknown&unknownError == 0 {
		b = append(b, 0)
	} else {
		b = appendFailure(append(b, 2), c)
	}
	if c.observedFrom <= 2 {
		b = append(b, c.observedFrom<<1)
	} else {
		b = append(b, 2)
	}
	if !isTCP {
		return append(b, 0)
	}
	return appendTCP(append(b, 2), c)
}

func appendOptional(b []byte, known bool, v int64) []byte {
	if !known {
		return append(b, 0)
	}
	return appendLong(append(b, 2), v)
}

// sources maps enum ct_owner_source to the place in the schema's enum.
var sources = [...]byte{0, 3, 4, 2, 1, 0}

func appendProcess(b []byte, c *conn) []byte {
	name := c.comm[:]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	b = appendLong(b, int64(c.pid))
	if isPlain(name) {
		b = appendString(b, name)
	} else {
		b = appendString(b, appendSafe(nil, name))
	}
	b = appendLong(b, int64(c.uid))
	b = appendLong(b, int64(c.cgroupID))
	return append(b, sources[c.ownerSource]<<1)
}

func appendFailure(b []byte, c *conn) []byte {
	cause, remote := byte(5), false
	switch syscall.Errno(c.error) {
	case syscall.ECONNRESET, syscall.EPIPE:
		cause, remote = 0, true
	case syscall.ECONNREFUSED:
		cause, remote = 1, true
	case syscall.ETIMEDOUT:
		cause = 2
	case syscall.EHOSTUNREACH:
		cause = 3
	case syscall.ENETUNREACH:
		cause = 4
	}
	b = appendOptional(append(b, cause<<1), c.error != 0, int64(c.error))
	// Not where the kernel side could not tell which end reset.
	if !remote || c.protocol == tcp && c.resetBy == 0 {
		return append(b, 0)
	}
	return append(b, 2, 2)
}

func appendTCP(b []byte, c *conn) []byte {
	b = appendBool(b, c.established())
	b = appendLong(b, int64(c.transitions))
	if c.tcpState >= 1 && c.tcpState <= 12 {
		b = append(b, 2, (c.tcpState-1)<<1)
	} else {
		b = append(b, 0)
	}
	if c.resetBy == 1 || c.resetBy == 2 {
		return append(b, 2, (c.resetBy-1)<<1)
	}
	return append(b, 0)
}

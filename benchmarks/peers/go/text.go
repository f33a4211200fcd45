// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"strconv"
	"unicode/utf8"
)

func appendIPv4(b, address []byte) []byte {
	for i, octet := range address {
		if i > 0 {
			b = append(b, '.')
		}
		b = appendOctet(b, octet)
	}
	return b
}

func appendOctet(b []byte, octet byte) []byte {
	if octet >= 100 {
		b = append(b, '0'+octet/100)
	}
	if octet >= 10 {
		b = append(b, '0'+octet/10%10)
	}
	return append(b, '0'+octet%10)
}

// appendIPv6 writes the form of RFC 5952.
func appendIPv6(b []byte, address *[16]byte) []byte {
	var groups [8]uint16
	for i := range groups {
		groups[i] = uint16(address[2*i])<<8 | uint16(address[2*i+1])
	}
	count := 8
	if groups[0]|groups[1]|groups[2]|groups[3]|groups[4] == 0 && groups[5] == 0xffff {
		count = 6
	}
	from, longest := -1, 1
	for i := 0; i < count; i++ {
		run := 0
		for i+run < count && groups[i+run] == 0 {
			run++
		}
		if run > longest {
			from, longest = i, run
		}
		i += run
	}
	for i := 0; i < count; i++ {
		if i == from {
			b = append(b, ':')
			i += longest - 1
			if i == count-1 {
				b = append(b, ':')
			}
			continue
		}
		if i > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(groups[i]), 16)
	}
	if count == 8 {
		return b
	}
	return appendIPv4(append(b, ':'), address[12:])
}

func isPlain(name []byte) bool {
	for _, c := range name {
		if c < 0x20 || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}

func isUnsafe(r rune) bool {
	if r < 0xa0 {
		return r < 0x20 || r >= 0x7f
	}
	return r == 0x61c || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// appendSafe writes a name others chose: what is no UTF-8, steers a terminal, or is a backslash, becomes \DDD per byte.
func appendSafe(b, name []byte) []byte {
	for len(name) > 0 {
		r, size := utf8.DecodeRune(name)
		keep := (r != utf8.RuneError || size > 1) && r != '\\' && !isUnsafe(r)
		for _, c := range name[:size] {
			if keep {
				b = append(b, c)
			} else {
				b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
			}
		}
		name = name[size:]
	}
	return b
}

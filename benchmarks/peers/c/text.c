// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <stdbool.h>
#include <string.h>

uint8_t *text_ipv4(uint8_t *p, const uint8_t address[4])
{
	for (int i = 0; i < 4; i++) {
		unsigned octet = address[i];
		if (octet >= 100)
			*p++ = '0' + octet / 100;
		if (octet >= 10)
			*p++ = '0' + octet / 10 % 10;
		*p++ = '0' + octet % 10;
		*p++ = '.';
	}
	return p - 1;
}

static uint8_t *put_group(uint8_t *p, unsigned group)
{
	static const char digits[] = "0123456789abcdef";

	if (group > 0xfff)
		*p++ = digits[group >> 12];
	if (group > 0xff)
		*p++ = digits[group >> 8 & 15];
	if (group > 0xf)
		*p++ = digits[group >> 4 & 15];
	*p++ = digits[group & 15];
	return p;
}

uint8_t *text_ipv6(uint8_t *p, const uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	int count = memcmp(address, mapped, sizeof(mapped)) ? 8 : 6;
	unsigned groups[8];
	int from = -1, longest = 1;

	for (int i = 0; i < 8; i++)
		groups[i] = address[2 * i] << 8 | address[2 * i + 1];
	for (int i = 0, run; i < count; i += run + 1) {
		for (run = 0; i + run < count && !groups[i + run]; run++)
			;
		if (run > longest) {
			from = i;
			longest = run;
		}
	}
	for (int i = 0; i < count; i++) {
		if (i == from) {
			*p++ = ':';
			i += longest - 1;
			if (i == count - 1)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		p = put_group(p, groups[i]);
	}
	if (count == 8)
		return p;
	*p++ = ':';
	return text_ipv4(p, address + 12);
}

/* Bytes of the UTF-8 character, 0 when there is none. */
static int utf8_length(const uint8_t *s, size_t left)
{
	int length = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (length == 1)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || (size_t)length > left)
		return 0;
	for (int i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies above U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

static bool is_unsafe(uint32_t c)
{
	if (c < 0xa0)
		return c < 0x20 || c >= 0x7f;
	return c == 0x61c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static uint32_t code_point(const uint8_t *s, int length)
{
	uint32_t value = length == 1 ? s[0] : s[0] & (0x7f >> length);

	for (int i = 1; i < length; i++)
		value = value << 6 | (s[i] & 0x3f);
	return value;
}

uint8_t *text_safe(uint8_t *p, const uint8_t *name, size_t length)
{
	for (size_t i = 0; i < length;) {
		/* Nearly every name is plain. */
		if (name[i] >= 0x20 && name[i] < 0x7f && name[i] != '\\') {
			*p++ = name[i++];
			continue;
		}
		int bytes = utf8_length(name + i, length - i);
		bool keep = bytes > 1 && !is_unsafe(code_point(name + i, bytes));
		for (size_t end = i + (bytes ? bytes : 1); i < end; i++) {
			if (keep) {
				*p++ = name[i];
				continue;
			}
			*p++ = '\\';
			*p++ = '0' + name[i] / 100;
			*p++ = '0' + name[i] / 10 % 10;
			*p++ = '0' + name[i] % 10;
		}
	}
	return p;
}

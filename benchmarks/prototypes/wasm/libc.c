// SPDX-License-Identifier: Apache-2.0
/* As much of libc as table and encoder call, for a module that imports nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Else the compiler finds that the body of memcpy is a memcpy. */
#define OWN __attribute__((no_builtin))
#define WASM_PAGE 65536u
#define ALIGN 64u

typedef uint64_t __attribute__((aligned(1), may_alias)) word;

/* In front of each allocation. */
struct head {
	size_t size;
};

extern uint8_t __heap_base;
static uintptr_t top;

void abort(void)
{
	__builtin_trap();
}

static void reach(uintptr_t end)
{
	uintptr_t pages = (end + WASM_PAGE - 1) / WASM_PAGE;
	uintptr_t have = __builtin_wasm_memory_size(0);

	if (end < top || (pages > have && __builtin_wasm_memory_grow(0, pages - have) == SIZE_MAX))
		abort();
	top = end;
}

/*
 * Memory is taken from the end of what there is, always zero, and never given back: all that is ever freed are arrays that doubled, which
 * together are no larger than what took their place. The lines of the cache begin at multiples of ALIGN.
 */
void *calloc(size_t count, size_t size)
{
	uintptr_t start =
		((top ? top : (uintptr_t)&__heap_base) + sizeof(struct head) + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);

	if (size && count > SIZE_MAX / 2 / size)
		abort();
	reach(start + count * size);
	((struct head *)start)[-1].size = count * size;
	return (void *)start;
}

void *realloc(void *memory, size_t size)
{
	struct head *head = (struct head *)memory - 1;
	void *moved;

	if ((uintptr_t)memory + head->size == top && size >= head->size) {
		reach((uintptr_t)memory + size);
		head->size = size;
		return memory;
	}
	moved = calloc(1, size);
	return memcpy(moved, memory, size < head->size ? size : head->size);
}

void free(void *memory)
{
	(void)memory;
}

OWN void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	for (; length >= 8; length -= 8, t += 8, f += 8)
		*(word *)t = *(const word *)f;
	while (length--)
		*t++ = *f++;
	return to;
}

OWN void *memset(void *memory, int value, size_t length)
{
	uint8_t *p = memory;

	while (length--)
		*p++ = (uint8_t)value;
	return memory;
}

OWN int memcmp(const void *a, const void *b, size_t length)
{
	const uint8_t *x = a, *y = b;

	for (; length; length--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

OWN size_t strnlen(const char *s, size_t most)
{
	size_t length = 0;

	while (length < most && s[length])
		length++;
	return length;
}

OWN size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

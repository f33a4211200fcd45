// SPDX-License-Identifier: GPL-2.0
/* A row for every map of the host. */
#include "compat.h"
#include "rows/rows.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Since 6.6 (9bc421b6be95), of everything that is a hash table inside. */
extern __s64 bpf_map_sum_elem_count(const struct bpf_map *map) __ksym __weak;

struct bpf_map___extra {
	__u64 map_extra; /* 5.16 (9330986c0300) */
} __attribute__((preserve_access_index));

struct bpf_map___counted {
	__s64 *elem_count; /* 6.6 (25954730461a) */
} __attribute__((preserve_access_index));

struct bpf_htab___percpu {
	bool use_percpu_counter; /* 6.1 (86fe28f7692d) */
} __attribute__((preserve_access_index));

struct lpm_trie___entries {
	size_t n_entries;
} __attribute__((preserve_access_index));

/* What a hash table whose entries are made one by one has counted all along: exact, where it is one number. */
static __always_inline bool ct_hash_count(struct bpf_map *map, __u64 *entries)
{
	struct bpf_htab *table = (struct bpf_htab *)map;

	if (!(map->map_flags & BPF_F_NO_PREALLOC))
		return false;
	if (bpf_core_field_exists(((struct bpf_htab___percpu *)0)->use_percpu_counter) &&
	    BPF_CORE_READ((struct bpf_htab___percpu *)table, use_percpu_counter))
		return false;
	*entries = BPF_CORE_READ(table, count.counter);
	return true;
}

static __always_inline bool ct_map_entries(struct bpf_map *map, __u64 *entries)
{
	switch (map->map_type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		if (bpf_ksym_exists(bpf_map_sum_elem_count) &&
		    bpf_core_field_exists(((struct bpf_map___counted *)0)->elem_count) &&
		    BPF_CORE_READ((struct bpf_map___counted *)map, elem_count)) {
			*entries = bpf_map_sum_elem_count(map);
			return true;
		}
		if (map->map_type == BPF_MAP_TYPE_LRU_HASH || map->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH)
			return false;
		return ct_hash_count(map, entries);
	case BPF_MAP_TYPE_LPM_TRIE:
		if (!bpf_core_field_exists(((struct lpm_trie___entries *)0)->n_entries))
			return false;
		*entries = BPF_CORE_READ((struct lpm_trie___entries *)map, n_entries);
		return true;
	default:
		return false;
	}
}

/*
 * Functions of their own, which the verifier goes through once: in the loop over the places they would be gone through a thousand times, and so would
 * the loop itself if it were one. Addresses are numbers to them, since pointers are no arguments before 5.12. Each gives two numbers, which add up
 * as one: the second from this bit on.
 */
#define CT_SECOND 40
#define CT_PART 32 /* places that one call of the inner loop goes through */

/* Of the event at a place of a perf event array. NULL: there is none, it has no ring, or has it in common with the event before it. */
static __always_inline struct perf_buffer *ct_ring_at(__u64 place, __u64 index)
{
	struct bpf_event_entry *entry = NULL, *before = NULL;
	struct perf_buffer *ring;

	bpf_probe_read_kernel(&entry, sizeof(entry), (void *)place);
	if (!entry)
		return NULL;
	ring = BPF_CORE_READ(entry, event, rb);
	if (index)
		bpf_probe_read_kernel(&before, sizeof(before), (void *)(place - sizeof(entry)));
	return before && BPF_CORE_READ(before, event, rb) == ring ? NULL : ring;
}

/* Pages of data and of control; rings. */
__noinline __u64 ct_ring_size(__u64 place, __u64 index)
{
	struct perf_buffer *ring = ct_ring_at(place, index);

	if (!ring)
		return 0;
	return 1ULL << CT_SECOND | (1 + (__u64)BPF_CORE_READ(ring, nr_pages) + BPF_CORE_READ(ring, aux_nr_pages));
}

/* A count that is atomic_t, or refcount_t since 6.17: an int in both. */
static __always_inline __u32 ct_number_at(struct perf_buffer *ring, __u32 offset)
{
	__u32 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (void *)ring + offset);
	return number;
}

/* Pages that are mapped; mappings. */
__noinline __u64 ct_ring_mapped(__u64 place, __u64 index)
{
	struct perf_buffer *ring = ct_ring_at(place, index);
	__u64 data, aux;

	if (!ring)
		return 0;
	data = ct_number_at(ring, bpf_core_field_offset(ring->mmap_count));
	aux = ct_number_at(ring, bpf_core_field_offset(ring->aux_mmap_count));
	return (data + aux) << CT_SECOND |
	       (data * (1 + (__u64)BPF_CORE_READ(ring, nr_pages)) + aux * BPF_CORE_READ(ring, aux_nr_pages));
}

/* Both of a part of an array whose first place is at `places`, up to its end. */
#define CT_PARTS(name, each)                                              \
	__noinline __u64 name(__u64 places, __u64 first, __u64 end)       \
	{                                                                 \
		__u64 sum = 0;                                            \
                                                                          \
		for (__u64 i = 0; i < CT_PART && first + i < end; i++)    \
			sum += each(places + 8 * (first + i), first + i); \
		return sum;                                               \
	}
CT_PARTS(ct_ring_sizes, ct_ring_size)
CT_PARTS(ct_rings_mapped, ct_ring_mapped)

const volatile __u32 ct_page_size = 4096;

/* The rings of the events in a perf event array. */
static __always_inline bool ct_perf_rings(__u64 map, __u32 places, struct ct_ebpf_map_row *row)
{
	__u64 first = map + bpf_core_field_offset(struct bpf_array, ptrs);
	__u64 size = 0, mapped = 0;

	for (__u64 i = 0; i < CT_EBPF_ROW_RINGS && i < places; i += CT_PART) {
		size += ct_ring_sizes(first, i, places);
		mapped += ct_rings_mapped(first, i, places);
	}
	row->rings = size >> CT_SECOND;
	row->mappings = mapped >> CT_SECOND;
	row->buffer_bytes = (__u64)ct_page_size * (size & ((1ULL << CT_SECOND) - 1));
	row->mapped = (__u64)ct_page_size * (mapped & ((1ULL << CT_SECOND) - 1));
	return places <= CT_EBPF_ROW_RINGS;
}

static __always_inline bool ct_map_buffer(struct bpf_iter__bpf_map *ctx, struct bpf_map *map,
					  struct ct_ebpf_map_row *row)
{
	__u64 address = 0;

	switch (map->map_type) {
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
		/* As a number: a pointer is none to the verifier. */
		bpf_probe_read_kernel(&address, sizeof(address), &ctx->map);
		return ct_perf_rings(address, map->max_entries, row);
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		row->buffer_bytes = map->max_entries;
		row->rings = 1;
		return true;
	default:
		return false;
	}
}

SEC("iter/bpf_map")
int every_map(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;
	struct ct_ebpf_map_row row = {};

	if (!map)
		return 0;
	row.id = map->id;
	row.type = map->map_type;
	row.key_size = map->key_size;
	row.value_size = map->value_size;
	row.max_entries = map->max_entries;
	row.flags = map->map_flags;
	row.frozen = map->frozen;
	row.references = map->refcnt.counter;
	row.btf_id = BPF_CORE_READ(map, btf, id);
	if (bpf_core_field_exists(((struct bpf_map___extra *)0)->map_extra))
		row.extra = BPF_CORE_READ((struct bpf_map___extra *)map, map_extra);
	BPF_CORE_READ_STR_INTO(&row.name, map, name);
	if (ct_map_entries(map, &row.entries))
		row.has |= CT_EBPF_MAP_HAS_ENTRIES;
	if (ct_map_buffer(ctx, map, &row))
		row.has |= CT_EBPF_MAP_HAS_BUFFER;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

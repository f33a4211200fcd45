// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group snapshot: iterators over our maps, which show the open conversations of all network namespaces.
 */
#include "tcp_look.h"
#include "udp_expiry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void ct_show_tcp(void *ctx, struct bpf_iter_meta *meta, struct ct_tcp_socket *s)
{
	__u64 cookie = *(volatile __u64 *)&s->cookie;
	__u32 pass = meta->session_id;
	struct ct_conn row = {};
	int look;

	if (!cookie)
		return;
	look = ct_look_at_tcp(s, &row, cookie, pass);
	if (look != CT_LOOK_SHOW)
		ct_tcp_looked(ctx, s, &row, cookie, look);
	else if (!bpf_seq_write(meta->seq, &row, sizeof(row)))
		ct_row_told(s, &row, pass);
}

SEC("iter/bpf_map_elem")
int snapshot_tcp_overflow(struct bpf_iter__bpf_map_elem *ctx)
{
	struct ct_tcp_socket *s = ctx->value;

	if (s)
		ct_show_tcp(ctx, ctx->meta, s);
	return 0;
}

struct ct_block_walk {
	void *ctx;
	struct bpf_iter_meta *meta;
	__u32 first;
};

static long ct_show_slot(__u32 index, struct ct_block_walk *walk)
{
	__u32 slot = walk->first + index;
	struct ct_tcp_socket *s = bpf_map_lookup_elem(&tcp_slots, &slot);

	if (s)
		ct_show_tcp(walk->ctx, walk->meta, s);
	return 0;
}

#ifdef CT_OLDEST
/* Walked for each block, in place of bpf_loop. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CT_TCP_BLOCK);
	__type(key, __u32);
	__type(value, __u32);
} tcp_block_slots SEC(".maps");

static long ct_show_nth(struct bpf_map *map, __u32 *index, __u32 *nothing, struct ct_block_walk *walk)
{
	return ct_show_slot(*index, walk);
}

#define ct_show_block(walk) bpf_for_each_map_elem(&tcp_block_slots, ct_show_nth, walk, 0)
#else
#define ct_show_block(walk) bpf_loop(CT_TCP_BLOCK, ct_show_slot, walk, 0)
#endif

/* Called once per block of slots, not per slot: the kernel's own work for a call is ten times that for an empty slot. */
SEC("iter/bpf_map_elem")
int snapshot_tcp(struct bpf_iter__bpf_map_elem *ctx)
{
	struct ct_block_walk walk = {.ctx = ctx, .meta = ctx->meta};
	__u32 *block = ctx->key;

	if (!block)
		return 0;
	walk.first = *block * CT_TCP_BLOCK;
	ct_show_block(&walk);
	return 0;
}

static __always_inline int ct_show_udp(struct seq_file *seq, struct ct_conn *flow, __u64 *reported)
{
	struct ct_conn row = *flow;
	__u64 packets = row.sent_packets + row.received_packets;

	if (!row.generation || !row.cookie || (!ct_everything() && packets == *reported))
		return 0;
	row.end_ns = bpf_ktime_get_boot_ns();
	row.state = CT_STATE_OPEN;
	if (!bpf_seq_write(seq, &row, sizeof(row)))
		*reported = packets;
	return 0;
}

/* The rows of primaries that have expired are closed ones. */
SEC("iter/bpf_sk_storage_map")
int snapshot_udp(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct ct_udp_socket *u = ctx->value;
	struct ct_conn row;

	if (!u || !ctx->sk)
		return 0;
	if (!ct_primary_ripe(u))
		return ct_show_udp(ctx->meta->seq, &u->primary, &u->reported_packets);
	row = u->primary;
	/* No room in this read. Its socket may close before the next one, and then leaves it to us. */
	if (bpf_seq_write(ctx->meta->seq, &row, sizeof(row)))
		ct_append(ctx, &row);
	ct_primary_clear(u);
	return 0;
}

/*
 * An iterator rather than BPF_MAP_LOOKUP_BATCH: while that runs, the kernel skips every tracing program on its CPU without counting it
 * (bpf_disable_instrumentation), and so closes that softirq handles meanwhile would be missed silently.
 */
SEC("iter/bpf_map_elem")
int snapshot_udp_flows(struct bpf_iter__bpf_map_elem *ctx)
{
	struct ct_udp_flow *flow = ctx->value;

	return flow ? ct_show_udp(ctx->meta->seq, &flow->conn, &flow->reported_packets) : 0;
}

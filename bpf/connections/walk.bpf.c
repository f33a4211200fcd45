// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group snapshot, the rung for kernels that refuse programs of the map iterators by policy (seen: EPERM for iter/bpf_map_elem and
 * iter/bpf_sk_storage_map where iter/task_file is allowed): the same rows by programs that the reader runs itself (BPF_PROG_TYPE_SYSCALL,
 * 5.14), each call as many as `walk_rows` holds; and UDP sockets by the descriptors of all tasks. A UDP socket without a descriptor (in
 * flight, or held by io_uring alone) is not shown while open.
 */
#define CT_NO_PERF_OUTPUT /* bpf_perf_event_output wants the context of an event */
#include "tcp_look.h"
#include "udp_expiry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CT_WALK_ROWS 4096 /* a walk over a hash begins anew for each page, so few pages */

struct ct_walk_page {
	struct ct_conn rows[CT_WALK_ROWS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_walk_page);
} walk_rows SEC(".maps");

/* In and out; struct WalkState of src/native/src/snapshot.h. */
struct ct_walk_state {
	__u32 next; /* slot or element to go on with */
	__u32 rows; /* out: filled in walk_rows */
	__u32 pass; /* number of the snapshot */
	__u32 done; /* out: 1 after the last one */
};

struct ct_walk {
	void *ctx;
	struct ct_walk_page *page;
	__u32 first;
	__u32 passed;
	__u32 rows;
	__u32 pass;
};

static __always_inline struct ct_conn *ct_walk_row(struct ct_walk *w)
{
	__u32 row = w->rows;

	return row < CT_WALK_ROWS ? &w->page->rows[row] : NULL;
}

/* 1 when there is no room for a further row. */
static __always_inline long ct_walk_tcp(struct ct_walk *w, struct ct_tcp_socket *s)
{
	__u64 cookie = *(volatile __u64 *)&s->cookie;
	struct ct_conn *row;
	int look;

	if (!cookie)
		return 0;
	row = ct_walk_row(w);
	if (!row)
		return 1;
	look = ct_look_at_tcp(s, row, cookie, w->pass);
	if (look == CT_LOOK_SHOW) {
		ct_row_told(s, row, w->pass);
		w->rows++;
	} else {
		ct_tcp_looked(w->ctx, s, row, cookie, look);
	}
	return 0;
}

static long ct_walk_slot(__u32 index, struct ct_walk *w)
{
	__u32 slot = w->first + index;
	struct ct_tcp_socket *s = bpf_map_lookup_elem(&tcp_slots, &slot);

	if (s && ct_walk_tcp(w, s))
		return 1;
	w->passed++;
	return 0;
}

static long ct_walk_overflow(struct bpf_map *map, __u64 *key, struct ct_tcp_socket *s, struct ct_walk *w)
{
	if (w->passed >= w->first && ct_walk_tcp(w, s))
		return 1;
	w->passed++;
	return 0;
}

static long ct_walk_flow(struct bpf_map *map, struct ct_udp_key *key, struct ct_udp_flow *flow, struct ct_walk *w)
{
	__u64 packets = flow->conn.sent_packets + flow->conn.received_packets;
	struct ct_conn *row;

	if (w->passed >= w->first && flow->conn.generation && flow->conn.cookie &&
	    (ct_everything() || packets != flow->reported_packets)) {
		row = ct_walk_row(w);
		if (!row)
			return 1;
		*row = flow->conn;
		row->end_ns = bpf_ktime_get_boot_ns();
		row->state = CT_STATE_OPEN;
		flow->reported_packets = packets;
		w->rows++;
	}
	w->passed++;
	return 0;
}

static __always_inline bool ct_walk_begin(struct ct_walk *w, struct ct_walk_state *state)
{
	__u32 zero = 0;

	w->ctx = state;
	w->page = bpf_map_lookup_elem(&walk_rows, &zero);
	w->first = state->next;
	w->pass = state->pass;
	return w->page != NULL;
}

static __always_inline int ct_walk_end(struct ct_walk *w, struct ct_walk_state *state, __u32 passed)
{
	state->done = w->rows < CT_WALK_ROWS;
	state->next = passed;
	state->rows = w->rows;
	return 0;
}

SEC("syscall")
int walk_tcp(struct ct_walk_state *state)
{
	struct ct_walk w = {};

	if (!ct_walk_begin(&w, state))
		return 1;
	if (w.first < CT_TCP_SLOTS)
		bpf_loop(CT_TCP_SLOTS - w.first, ct_walk_slot, &w, 0);
	return ct_walk_end(&w, state, w.first + w.passed);
}

/* Elements that come or go meanwhile may be passed over or met twice; a row met twice says the same, one passed over comes next time. */
SEC("syscall")
int walk_tcp_overflow(struct ct_walk_state *state)
{
	struct ct_walk w = {};

	if (!ct_walk_begin(&w, state))
		return 1;
	bpf_for_each_map_elem(&tcp_overflow, ct_walk_overflow, &w, 0);
	return ct_walk_end(&w, state, w.passed);
}

SEC("syscall")
int walk_udp_flows(struct ct_walk_state *state)
{
	struct ct_walk w = {};

	if (!ct_walk_begin(&w, state))
		return 1;
	bpf_for_each_map_elem(&udp_flows, ct_walk_flow, &w, 0);
	return ct_walk_end(&w, state, w.passed);
}

/* A socket that several descriptors refer to is shown once a pass. The rows of primaries that have expired are closed ones. */
SEC("iter/task_file")
int snapshot_udp_files(struct bpf_iter__task_file *ctx)
{
	__u32 pass = ctx->meta->session_id;
	struct file *file = ctx->file;
	struct ct_udp_socket *u;
	struct socket *socket;
	struct ct_conn row;
	struct sock *sk;
	__u64 packets;

	if (!ctx->task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (!sk || sk->sk_protocol != CT_UDP)
		return 0;
	u = bpf_sk_storage_get(&udp_sockets, sk, 0, 0);
	if (!u || u->reported_pass == pass)
		return 0;
	if (ct_primary_ripe(u)) {
		/* The descriptor holds the socket, so nobody closes it meanwhile. */
		row = u->primary;
		u->told = 0;
		if (!bpf_seq_write(ctx->meta->seq, &row, sizeof(row)))
			ct_primary_clear(u);
		return 0;
	}
	row = u->primary;
	packets = row.sent_packets + row.received_packets;
	if (!row.generation || !row.cookie || (!ct_everything() && packets == u->reported_packets))
		return 0;
	row.end_ns = bpf_ktime_get_boot_ns();
	row.state = CT_STATE_OPEN;
	if (bpf_seq_write(ctx->meta->seq, &row, sizeof(row)))
		return 0;
	u->reported_packets = packets;
	u->reported_pass = pass;
	return 0;
}

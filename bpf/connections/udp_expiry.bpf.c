// SPDX-License-Identifier: GPL-2.0
/*
 * Hook group udp: the end of flows in udp_flows, by a program that the reader runs (BPF_PROG_TYPE_SYSCALL): of those that are idle, and of those
 * whose socket has closed. It hands over as many as the reader has room for; the rest stays for the next call.
 */
#include "udp_maps.h"
#include "udp_expiry.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* As in src/native/src/udp_expiry.h. */
#define CT_EXPIRY_ROWS 1024
#define CT_AGES 128

/* Of living flows, by ct_age_of. */
struct ct_expiry_page {
	__u32 ages[CT_AGES];
	struct ct_conn rows[CT_EXPIRY_ROWS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ct_expiry_page);
} udp_expiry SEC(".maps");

/* In and out; struct ExpiryState of src/native/src/udp_expiry.h. */
struct ct_expiry_state {
	__u64 since_ns; /* flows used after that are not told early */
	__u64 now_ns; /* out */
	__u32 room; /* rows, at most */
	__u32 rows; /* out */
	__u32 done; /* out: 1 when all flows were looked at */
	__u32 living; /* out: flows that are not dead; of ages too; of the last call of a pass only */
	__u32 early_age; /* of this age many, and all beyond, are to make room */
	__u32 early_many; /* in and out: what is left */
	__u32 early; /* out: of rows */
	__u32 ended_before; /* number of the pass before this one */
};

struct ct_expiry {
	struct ct_control *control;
	struct ct_expiry_page *page;
	struct ct_expiry_state state;
	bool makes_room;
	bool any_ended;
};

/*
 * Four steps per power of two of about a millisecond, so that the eldest tenth is told from the rest at any rate. A function that is not inlined:
 * its many ways are verified once.
 */
__noinline int ct_age_of(__u64 idle_ns)
{
	__u32 ms = idle_ns >> 20 > 0x7fffffff ? 0x7fffffff : idle_ns >> 20;
	__u32 power = 0;
	__u32 rest = ms;

	if (ms < 4)
		return ms;
	for (int step = 16; step; step >>= 1) {
		if (rest >> step) {
			rest >>= step;
			power += step;
		}
	}
	return ((power - 1) * 4 + ((ms >> (power - 2)) & 3)) & (CT_AGES - 1);
}

static __always_inline bool ct_leaves_early(struct ct_expiry *e, const struct ct_conn *flow)
{
	__u32 age;

	if (!e->makes_room || flow->end_ns > e->state.since_ns)
		return false;
	age = ct_age_of(e->state.since_ns - flow->end_ns);
	if (age > e->state.early_age)
		return true;
	if (age < e->state.early_age || !e->state.early_many)
		return false;
	e->state.early_many--;
	return true;
}

/* Of two flows with one key only one is dead at a time: datagrams must have somewhere to go. */
static __always_inline bool ct_must_stay(struct ct_expiry *e, const struct ct_udp_key *key)
{
	struct ct_udp_key other = *key;

	other.peer.epoch = !key->peer.epoch;
	return *(volatile __u64 *)&e->control->udp_epochs && bpf_map_lookup_elem(&udp_flows, &other);
}

static __always_inline void ct_expiry_live(struct ct_expiry *e, const struct ct_udp_key *key, struct ct_udp_flow *flow)
{
	__u64 now = e->state.now_ns;
	__u32 age;

	if (flow->dead)
		return;
	if (ct_flow_idle(e->control, &flow->conn, now)) {
		if (!ct_must_stay(e, key))
			ct_flow_mark(e->control, &flow->dead);
		return;
	}
	if (ct_leaves_early(e, &flow->conn)) {
		if (ct_must_stay(e, key))
			return;
		flow->early = 1;
		ct_flow_mark(e->control, &flow->dead);
		return;
	}
	age = flow->conn.end_ns < now ? ct_age_of(now - flow->conn.end_ns) : 0;
	if (age < CT_AGES)
		e->page->ages[age]++;
	e->state.living++;
}

static long ct_expire_flow(struct bpf_map *map, struct ct_udp_key *key, struct ct_udp_flow *flow, struct ct_expiry *e)
{
	bool ended = e->any_ended && bpf_map_lookup_elem(&udp_ended, &key->cookie);
	struct ct_control *c = e->control;
	__u32 row = e->state.rows;
	__u32 epoch = key->peer.epoch;

	/* Being made. */
	if (!flow->conn.generation || !flow->conn.cookie)
		return 0;
	if (!ended && !ct_flow_ripe(c, flow->dead)) {
		ct_expiry_live(e, key, flow);
		return 0;
	}
	if (row >= e->state.room || row >= CT_EXPIRY_ROWS) {
		e->state.done = 0;
		return 1;
	}
	e->page->rows[row] = flow->conn;
	e->state.early += flow->early;
	if (!ended)
		__sync_fetch_and_add(&c->udp_expired, 1);
	if (bpf_map_delete_elem(&udp_flows, key))
		return 0;
	e->state.rows = row + 1;
	__sync_fetch_and_add(&c->chained_flows, -1);
	__sync_fetch_and_add(&c->udp_epochs, -(__u64)epoch);
	return 0;
}

/*
 * Sockets that closed before the last pass began have no flow left. One pass would do, were it certain to meet every flow: a walk may lose its
 * way where the place of an element that it has just freed is used again at once.
 */
static long ct_forget_ended(struct bpf_map *map, __u64 *cookie, __u32 *pass, struct ct_expiry *e)
{
	if (*pass < e->state.ended_before && !bpf_map_delete_elem(&udp_ended, cookie))
		__sync_fetch_and_add(&e->control->udp_ended, -1);
	return 0;
}

SEC("syscall")
int udp_expire(struct ct_expiry_state *state)
{
	struct ct_expiry e = {};
	__u32 zero = 0;

	e.control = ct_control();
	e.page = bpf_map_lookup_elem(&udp_expiry, &zero);
	if (!e.control || !e.page)
		return 1;
	e.state = *state;
	e.state.now_ns = bpf_ktime_get_boot_ns();
	e.state.rows = 0;
	e.state.living = 0;
	e.state.early = 0;
	e.state.done = 1;
	e.makes_room = state->since_ns != 0;
	e.any_ended = *(volatile __u64 *)&e.control->udp_ended;
	for (int i = 0; i < CT_AGES; i++)
		e.page->ages[i] = 0;
	bpf_for_each_map_elem(&udp_flows, ct_expire_flow, &e, 0);
	if (e.state.done && e.any_ended)
		bpf_for_each_map_elem(&udp_ended, ct_forget_ended, &e, 0);
	*state = e.state;
	return 0;
}

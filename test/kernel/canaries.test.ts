import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CONNECTION_HOOKS } from '../../src/connections/hooks.js';
import { FEATURE, HOOK_GROUP } from '../../src/connections/layout.gen.js';
import { Canaries, type HookGroupChange } from '../../src/kernel/canaries.js';
import type { HookGroup } from '../../src/kernel/hook-groups.js';

const EVERY_MS = 60_000;
const { tcp, owner, udp, snapshot } = HOOK_GROUP;
const ALL = [tcp, owner, udp, snapshot];

/** A host whose boot clock goes on by a second whenever somebody looks, and whose hooks are those that a test says. */
class Host {
  readonly groups: HookGroup[] = CONNECTION_HOOKS.map(({ name, id, proof }) => ({
    ...{ feature: 'connections', name, id, proof, rung: 'tp_btf', refused: [], attached: true, proven: true },
    ...{ fault: '', silent: false, reattached: 0, reason: '', code: null, assets: [], programs: [] },
  }));
  readonly log: string[] = [];
  readonly changes: HookGroupChange[] = [];
  works = new Set<number>(ALL);
  loopback = true;
  /** Why it cannot be attached anew; null: it can, and works again. */
  refuses: string | null = null;
  nowNs = 1e9;
  lost = 0;
  round = 0;
  #closed = false;
  readonly canaries = new Canaries(this.groups, EVERY_MS, {
    open: (round) => {
      this.log.push(`open ${round}`);
      if (this.loopback) this.round = round;
      this.#closed = false;
      return this.loopback;
    },
    close: () => {
      this.log.push('close');
      this.#closed = true;
    },
    bootNs: () => (this.nowNs += 1e9),
    reattach: (silent) => {
      this.log.push(`reattach ${silent.map(({ name }) => name)}`);
      if (this.refuses !== null) return this.refuses;
      for (const { id } of silent) this.works.add(id);
      return '';
    },
    changed: (changes) => this.changes.push(...changes),
  });

  right(group: number, round = this.round): void {
    this.canaries.take({ type: 'right', group, round });
  }

  /** The readers look once: at what is open, and at what has closed. */
  pass(): void {
    const bootNs = (this.nowNs += 1e9);
    if (this.works.has(snapshot) && this.round > 0) this.right(snapshot);
    for (const id of this.#closed ? [tcp, owner, udp] : []) if (this.works.has(id)) this.right(id);
    this.canaries.take({ type: 'shown', bootNs });
    this.canaries.take({ type: 'told', feature: FEATURE, bootNs, lost: this.lost });
    vi.advanceTimersByTime(0);
  }

  /** Until one canary after the next is through. */
  canary(count = 1): void {
    for (let i = 0; i < count; i++) {
      vi.advanceTimersByTime(EVERY_MS);
      for (let pass = 0; pass < 4; pass++) this.pass();
    }
  }

  group(id: number): HookGroup {
    return this.groups.find((each) => each.id === id)!;
  }

  get told(): string[] {
    return this.changes.splice(0).map(({ sentence }) => sentence);
  }
}

let host: Host;

beforeEach(() => {
  vi.useFakeTimers();
  host = new Host();
  host.canaries.start();
});

afterEach(() => {
  host.canaries.end();
  vi.useRealTimers();
});

test('what works is sent a canary every so often, and nobody hears of it', () => {
  vi.advanceTimersByTime(EVERY_MS - 1);
  expect(host.log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(host.log).toEqual(['open 1']);
  // It stays open until the snapshot has shown it.
  host.pass();
  expect(host.log).toEqual(['open 1', 'close']);
  host.pass();
  host.canary(3);
  expect(host.log.filter((each) => each.startsWith('open'))).toEqual(['open 1', 'open 2', 'open 3', 'open 4']);
  expect([host.told, host.canaries.sent, host.canaries.unsent]).toEqual([[], 4, 0]);
});

test('a group that misses two in a row is silent, attached anew once, and live again with the next one', () => {
  host.canary();
  host.works.delete(udp);
  host.canary();
  expect(host.told).toEqual([]);
  expect(host.group(udp)).toMatchObject({ proven: true, silent: false, reattached: 0 });
  host.canary();
  for (let pass = 0; pass < 4; pass++) host.pass();
  const [fallen, risen, ...more] = host.told;
  expect(fallen).toBe('udp has gone silent: its canaries do not come through; it was attached anew');
  // The canary that proves it was sent at once.
  expect(risen).toBe('udp is live again: a canary came through');
  expect(more).toEqual([]);
  expect(host.group(udp)).toMatchObject({ proven: true, silent: false, reattached: 1, reason: '' });
  expect(host.log.filter((each) => each.startsWith('reattach'))).toEqual(['reattach udp']);
  for (const id of [tcp, owner, snapshot]) expect(host.group(id)).toMatchObject({ proven: true, reattached: 0 });
});

test('one that stays away is attached anew once and left silent, which is told once; whenever a canary comes through it is live again', () => {
  host.works.delete(owner);
  host.refuses = 'io_send: Operation not permitted';
  host.canary(6);
  expect(host.told).toEqual([
    'owner has gone silent: its canaries do not come through; it is not attached anew: io_send: Operation not permitted',
    'owner stays silent: its canaries do not come through; what it misses is not known; restart conntrail',
  ]);
  expect(host.log.filter((each) => each.startsWith('reattach'))).toEqual(['reattach owner']);
  expect(host.group(owner)).toMatchObject({ proven: false, silent: true, reattached: 0 });
  expect(host.group(owner).reason).toMatch(/^Its canaries do not come through; .*restart conntrail\.$/);
  host.works.add(owner);
  host.canary();
  expect(host.told).toEqual(['owner is live again: a canary came through']);
  // A silence of its own, with an attempt of its own.
  host.works.delete(owner);
  host.refuses = null;
  host.canary(2);
  expect(host.told[0]).toMatch(/^owner has gone silent: .* it was attached anew$/);
  expect(host.group(owner).reattached).toBe(1);
});

test('a snapshot that shows nothing closes the canary all the same', () => {
  host.works.delete(snapshot);
  host.canary(2);
  expect(host.told[0]).toMatch(/^snapshot has gone silent/);
});

test('a record that comes but is wrong does not count, and the words say what was wrong', () => {
  host.works.delete(tcp);
  for (let i = 0; i < 2; i++) {
    vi.advanceTimersByTime(EVERY_MS);
    host.pass();
    host.canaries.take({ type: 'wrong', group: tcp, round: host.round, fault: 'no start' });
    for (let pass = 0; pass < 3; pass++) host.pass();
  }
  expect(host.told[0]).toBe('tcp has gone silent: its canaries come through wrong (no start); it was attached anew');
});

test('misses that are not in a row are a busy host’s', () => {
  for (let i = 0; i < 5; i++) {
    host.works.delete(udp);
    host.canary();
    host.works.add(udp);
    host.canary();
  }
  expect(host.told).toEqual([]);
});

test('a canary may have been lost for want of room, and then its absence says nothing', () => {
  host.works.delete(udp);
  for (let i = 0; i < 5; i++) {
    vi.advanceTimersByTime(EVERY_MS);
    host.pass();
    host.lost++;
    for (let pass = 0; pass < 3; pass++) host.pass();
  }
  expect(host.told).toEqual([]);
  host.canary(2);
  expect(host.told[0]).toMatch(/^udp has gone silent/);
});

test('time alone misses nothing: two passes of the readers after its end do', () => {
  host.works.delete(udp);
  vi.advanceTimersByTime(EVERY_MS);
  host.pass();
  vi.advanceTimersByTime(10 * EVERY_MS);
  // The next ones wait for it.
  expect(host.log).toEqual(['open 1', 'close']);
  // What was told of the time before it closed is no pass after it.
  host.canaries.take({ type: 'told', feature: FEATURE, bootNs: 2e9, lost: 0 });
  host.pass();
  // The same pass, of another reader.
  host.canaries.take({ type: 'told', feature: FEATURE, bootNs: host.nowNs, lost: 0 });
  vi.advanceTimersByTime(EVERY_MS);
  expect(host.log).toEqual(['open 1', 'close']);
  host.pass();
  vi.advanceTimersByTime(EVERY_MS);
  expect(host.log).toEqual(['open 1', 'close', 'open 2']);
});

test('where loopback lets nothing through there is nothing to be found', () => {
  host.loopback = false;
  host.canary(5);
  expect(host.told).toEqual([]);
  expect([host.canaries.sent, host.canaries.unsent]).toEqual([0, 5]);
});

test('a group that was never proven is not attached anew, and live once a canary comes through', () => {
  Object.assign(host.group(udp), { proven: false, reason: 'Its self-test did not come through.' });
  host.works.delete(udp);
  host.canary(5);
  expect(host.told).toEqual([]);
  expect(host.log.some((each) => each.startsWith('reattach'))).toBe(false);
  host.works.add(udp);
  host.canary();
  expect(host.told).toEqual(['udp is live: a canary came through']);
});

test('after the end nothing is sent or judged, and what is open is closed', () => {
  vi.advanceTimersByTime(EVERY_MS);
  host.canaries.end();
  expect(host.log).toEqual(['open 1', 'close']);
  host.canary(3);
  expect(host.log).toEqual(['open 1', 'close']);
  expect(host.told).toEqual([]);
});

import { describe, expect, it, test } from 'vitest';
import { NO_ATTACH_TYPE } from '../../../../src/checks/ebpf/layout.gen.js';
import { eventTarget, linkTarget } from '../../../../src/checks/ebpf/source/attachment-target.js';
import { Attachments } from '../../../../src/checks/ebpf/source/attachments.js';
import type { Holder } from '../../../../src/checks/ebpf/source/holder.js';
import type { EventInfo, LinkInfo } from '../../../../src/native/index.js';

const EPERM = -1;

function link(type: number, change: Partial<LinkInfo> = {}): LinkInfo {
  return { id: 7, type, program: 3, attachType: null, number: 0, other: 0, text: '', ...change };
}

test.each<[string, LinkInfo]>([
  ['sched_switch', link(1, { text: 'sched_switch' })],
  ['', link(2, { number: 1, other: 4711 })],
  ['cgroup 1234', link(3, { number: 1234 })],
  ['task_file', link(4, { text: 'task_file' })],
  ['bpf_map_elem of map 12', link(4, { text: 'bpf_map_elem', number: 12 })],
  ['netns 4026531840', link(5, { number: 4026531840 })],
  ['interface 2', link(6, { number: 2 })],
  ['', link(6)],
  ['tcp_connect', link(7, { text: 'tcp_connect', other: 3 })],
  ['tcp_connect+0x1c', link(7, { text: 'tcp_connect', other: 4, number: 28 })],
  ['/usr/lib/libssl.so.3:0x1a2b0', link(7, { text: '/usr/lib/libssl.so.3', other: 1, number: 0x1a2b0 })],
  ['sys_enter_bpf', link(7, { text: 'sys_enter_bpf', other: 5 })],
  ['event 3', link(7, { other: 6, number: 3 })],
  ['', link(7)],
  ['31 functions', link(8, { number: 31 })],
  ['map 9', link(9, { number: 9 })],
  ['ipv4 prerouting', link(10, { number: 2, other: 0 })],
  ['family 7 hook 9', link(10, { number: 7, other: 9 })],
  ['interface 3', link(11, { number: 3 })],
  ['/bin/bash (2 places)', link(12, { text: '/bin/bash', number: 2 })],
  ['map 5', link(14, { number: 5 })],
  ['', link(99, { number: 5, text: 'x' })],
])('%s', (target, told) => {
  expect(linkTarget(told)).toBe(target);
});

test.each<[string, Partial<EventInfo>]>([
  ['sched_switch', { type: 1, text: 'sched_switch' }],
  ['do_sys_open+0x4', { type: 2, text: 'do_sys_open', offset: 4 }],
  ['do_sys_open', { type: 3, text: 'do_sys_open' }],
  ['/bin/x:0x10', { type: 4, text: '/bin/x', offset: 16 }],
  ['', { type: 5 }],
])('of a perf event: %s', (target, told) => {
  expect(eventTarget({ program: 1, type: 0, text: '', offset: 0, ...told })).toBe(target);
});

function holder(change: Partial<Holder>): Holder {
  return { what: 'event', id: 3, pid: 100, descriptor: 9, startNs: 0n, name: 'x', ...change };
}

/** A kernel with these links and perf events. */
function kernel(links: readonly LinkInfo[] | null, events: Readonly<Record<string, EventInfo>> = {}) {
  const open = new Set<number>();
  const bpf = {
    ids: () => (links === null ? EPERM : Uint32Array.from(links.map(({ id }) => id))),
    open: (_: string, id: number) => {
      open.add(id);
      return id;
    },
    close: (fd: number) => void open.delete(fd),
    linkInfo: (fd: number) => links!.find(({ id }) => id === fd) ?? EPERM,
    eventInfo: (pid: number, fd: number) => events[`${pid} ${fd}`] ?? EPERM,
  };
  return { bpf, open };
}

describe('Attachments', () => {
  it('are the links of a program, in order, with nothing left open', () => {
    const { bpf, open } = kernel([
      link(1, { id: 5, text: 'a' }),
      link(3, { id: 6, number: 1, attachType: 2 }),
      link(1, { id: 8, program: 4, text: 'b' }),
    ]);
    const attachments = new Attachments(bpf, null, []);
    expect(attachments.complete).toBe(true);
    expect(attachments.of(3)).toEqual([
      { link: 5, type: 1, attachType: NO_ATTACH_TYPE, target: 'a' },
      { link: 6, type: 3, attachType: 2, target: 'cgroup 1' },
    ]);
    expect(attachments.of(4)).toHaveLength(1);
    expect(attachments.of(9)).toEqual([]);
    expect(open.size).toBe(0);
  });

  it('are perf events without a link too, each place once', () => {
    const event = { program: 3, type: 1, text: 'sched_switch', offset: 0 };
    const events = { '100 9': event, '100 10': event, '101 9': { ...event, text: 'sys_enter' } };
    const holders = [holder({}), holder({ descriptor: 10 }), holder({ pid: 101 }), holder({ pid: 102 })];
    const attachments = new Attachments(kernel([], events).bpf, null, holders);
    expect(attachments.of(3).map(({ link: id, target }) => [id, target])).toEqual([
      [0, 'sched_switch'],
      [0, 'sys_enter'],
    ]);
  });

  it('are not told twice where the event has a link, which may leave to the event what it is', () => {
    const events = { '100 9': { program: 3, type: 2, text: 'tcp_connect', offset: 0 } };
    const attachments = new Attachments(kernel([link(7, { id: 5, attachType: 41 })], events).bpf, null, [holder({})]);
    expect(attachments.of(3)).toEqual([{ link: 5, type: 7, attachType: 41, target: 'tcp_connect' }]);
  });

  it('are known from the iterator where links may not be opened, and not at all without it', () => {
    const rows = new DataView(new ArrayBuffer(32));
    for (const [i, words] of [
      [5, 3, 77],
      [6, 1, 0],
    ].entries()) {
      for (const [j, word] of words.entries()) rows.setUint32(i * 16 + j * 4, word, true);
    }
    const attachments = new Attachments(kernel(null).bpf, rows, []);
    expect(attachments.complete).toBe(true);
    expect(attachments.of(77)).toEqual([{ link: 5, type: 3, attachType: NO_ATTACH_TYPE, target: '' }]);
    expect(new Attachments(kernel(null).bpf, null, []).complete).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { TCP_QUEUE_LENGTH } from '../../src/checks/tcp-queue-length/feature.js';
import { CONNECTIONS } from '../../src/connections/feature.js';
import { calledPrograms, callerOf } from '../../src/kernel/callers.js';
import type { HookGroup, HookProgram } from '../../src/kernel/hook-groups.js';
import { COMMON_MAPS } from '../../src/kernel/ladder.js';
import type { RungName } from '../../src/pipeline/hooks.js';

const group = (name: string, rung: RungName, programs: Readonly<Record<string, boolean>>): HookGroup =>
  ({
    name,
    rung,
    attached: Object.values(programs).every(Boolean),
    programs: Object.entries(programs).map(([program, attached]) => ({ program, attached }) as HookProgram),
  }) as unknown as HookGroup;

const owner = (rung: RungName, programs: Readonly<Record<string, boolean>>) => [
  { feature: CONNECTIONS, groups: [group('owner', rung, programs)] },
];
const caller = { feature: 'connections', program: 'io_send' };

test('a map is called by a program of a rung that is live, and by no other', () => {
  expect(callerOf('after_send', owner('tp_btf', { io_send: true, io_recv: true }))).toEqual(caller);
  expect(callerOf('after_recv', owner('tp_btf', { io_send: true, io_recv: true }))?.program).toBe('io_recv');
  expect(callerOf('after_send', owner('tp_btf', { io_send: true, io_recv: false }))).toBeNull();
  expect(callerOf('after_send', owner('fentry', { io_send4: true }))).toBeNull();
  expect(callerOf('facts', owner('tp_btf', { io_send: true }))).toBeNull();
  expect(callerOf('after_send', [])).toBeNull();
});

test('programs that are called are known by their callers; those of other rungs are attached', () => {
  const find = (map: string) => (map === 'after_send' ? caller : null);
  const of = (rung: RungName) =>
    calledPrograms(TCP_QUEUE_LENGTH.hooks, [group('calls', rung, { queue_send: true })], find);
  expect(of('tail_call')).toEqual(new Map([['queue_send', caller]]));
  expect(of('tp_btf')).toEqual(new Map());
});

test('every map that is called is one for all features, and somebody calls it', () => {
  const features = [CONNECTIONS, TCP_QUEUE_LENGTH];
  const objects = features.flatMap(({ hooks }) => hooks.flatMap(({ rungs }) => rungs.flatMap((rung) => rung.objects)));
  const calls = new Set(objects.flatMap((object) => Object.keys(object.calls ?? {})));
  const called = objects.flatMap((object) => Object.values(object.called ?? {}));
  expect(called.length).toBeGreaterThan(0);
  for (const map of [...calls, ...called]) {
    expect(calls).toContain(map);
    expect(COMMON_MAPS).toHaveProperty(map);
  }
});

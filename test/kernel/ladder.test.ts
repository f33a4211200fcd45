import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { CONNECTION_HOOKS } from '../../src/connections/hooks.js';
import { DNS } from '../../src/dns/feature.js';
import { ConntrailError } from '../../src/errors.js';
import type { AssetResult } from '../../src/frames/asset.js';
import type { Caller } from '../../src/kernel/callers.js';
import type { Cgroup } from '../../src/kernel/cgroup.js';
import { Ladder } from '../../src/kernel/ladder.js';
import { PROBES, type ProbeName, WAYS } from '../../src/kernel/probe-table.js';
import { LazyProbes } from '../../src/kernel/probes.js';
import type { ObjectRequest, Probe, ProgramResult } from '../../src/native/index.js';
import type { HookGroupSpec, RungSpec } from '../../src/pipeline/hooks.js';

const { EACCES, ENOENT, ESRCH, EINVAL } = constants.errno;

/** A kernel with one program per object, named as its file, unless it is told otherwise; and what was asked of it. */
class FakeKernel {
  readonly requests: ObjectRequest[] = [];
  readonly unloaded: string[] = [];
  probed = 0;

  constructor(
    readonly refuses: Readonly<Record<string, number>> = {},
    readonly programs: Readonly<Record<string, readonly string[]>> = {},
    readonly lacks: readonly ProbeName[] = [],
  ) {}

  load(request: ObjectRequest): ProgramResult[] {
    this.requests.push(request);
    const { object, skip } = request;
    const names = this.programs[object] ?? [object.slice(object.lastIndexOf('/') + 1)];
    return names
      .filter((name) => !skip.includes(name))
      .map((program) => {
        const errno = this.refuses[program] ?? 0;
        const attached = errno === 0;
        const rejected = errno === EINVAL;
        const told = { section: 'tp_btf/x', loaded: attached, rejected, instructions: null, exceeded: null };
        return { object, program, ...told, attached, errno, reason: attached ? '' : `errno ${errno}` };
      });
  }

  unload(_scope: string, object?: string): void {
    this.unloaded.push(object ?? 'all');
  }

  probe(): Probe[] {
    this.probed++;
    const works = { errno: 0, cause: '', log: '' } as const;
    return [...WAYS, ...PROBES].map(({ name }) => ({ ...works, name, errno: this.lacks.includes(name) ? ENOENT : 0 }));
  }

  knobsOf(name: string): Readonly<Record<string, number>> {
    return this.requests.find(({ object }) => object === `connections/${name}`)!.knobs;
  }

  get objects(): string[] {
    return this.requests.map(({ object }) => object.replace('connections/', ''));
  }
}

const CGROUP: Cgroup = { descriptor: 7, because: '', advice: null, errno: 0 };
const NO_CGROUP: Cgroup = {
  descriptor: -1,
  because: 'cgroup is null',
  advice: (title) => `Mount one to trace ${title}.`,
  errno: ENOENT,
};

function climb(
  kernel: FakeKernel,
  {
    asks = [] as string[],
    cgroup = CGROUP,
    damaged = {} as Record<string, ConntrailError>,
    hooks = CONNECTION_HOOKS as readonly HookGroupSpec[],
    assets = new Map<string, AssetResult>(),
    caller = (_map: string): Caller | null => null,
    held = ['net_raw'] as readonly string[],
  } = {},
) {
  const settings = { name: 'x', maps: { batches: 2 }, knobs: { ct_use_perf: 1 }, asks: new Set(asks) };
  const objects = { get: (name: string) => damaged[name] ?? new Uint8Array([1]) };
  const probes = new LazyProbes(() => kernel.probe(), { release: '5.4.0', lockdown: null });
  const tools = {
    native: kernel,
    objects,
    cgroup,
    probes,
    assets,
    caller,
    holds: (name: string) => held.includes(name),
  };
  const groups = new Ladder('connections', settings, tools).climb(hooks);
  return Object.fromEntries(groups.map((group) => [group.name, group]));
}

const damaged = (name: string) => ({
  [`connections/${name}`]: new ConntrailError('CONNTRAIL_ADDON_DAMAGED', `build/bpf/connections/${name}.bpf.o is not.`),
});

describe('where nothing is refused', () => {
  test('every group is on its best rung, not proven yet, in the order of the table; nothing is probed', () => {
    const kernel = new FakeKernel();
    const groups = climb(kernel);
    expect(Object.values(groups).map(({ name, id, rung, attached }) => [name, id, rung, attached])).toEqual(
      CONNECTION_HOOKS.map(({ name, id, rungs }) => [name, id, rungs[0]!.rung, true]),
    );
    expect(
      Object.values(groups).every(({ refused, proven, code }) => !proven && refused.length + Number(code) === 0),
    ).toBe(true);
    expect(groups.tcp!.reason).toBe('Its self-test has not come through yet.');
    // Owner after udp, whose objects one of its knobs depends on.
    expect(kernel.objects).toEqual(['tcp', 'udp', 'udp_expiry', 'io', 'seed', 'snapshot']);
    expect(kernel.probed).toBe(0);
    expect(kernel.unloaded).toEqual([]);
  });

  test('sizes and knobs come from the settings and from the table, optional objects and programs when asked for', () => {
    const kernel = new FakeKernel({}, { 'connections/io': ['io_send', 'io_send_last'] });
    climb(kernel, { asks: ['exactUdp', 'failedConnects', 'ioTurns'] });
    expect(kernel.objects).toEqual(['tcp', 'connect', 'udp', 'udp_expiry', 'exact', 'io', 'seed', 'snapshot']);
    const request = (name: string) => kernel.requests.find(({ object }) => object === `connections/${name}`)!;
    expect(request('io')).toMatchObject({
      maps: { batches: 2 },
      knobs: { ct_use_perf: 1, ct_udp_by_task: 1, ct_udp_by_thread: 0 },
      skip: [],
      cgroup: 7,
    });
    expect(request('snapshot').iterators).toMatchObject({ snapshot_udp: 'udp_sockets' });
    const without = new FakeKernel();
    climb(without);
    expect(without.requests.find(({ object }) => object === 'connections/io')!.skip).toEqual([
      'io_send_second',
      'io_recv_second',
      'io_send_third',
      'io_recv_third',
      'io_send_last',
      'io_recv_last',
    ]);
  });
});

describe('where a rung is refused', () => {
  test('programs that nobody would call are not loaded; where somebody does, they are not attached', () => {
    const called = { b: 'after' };
    const needs = ['tp_btf'] as const;
    const hooks: HookGroupSpec[] = [
      {
        name: 'x',
        id: 1,
        gives: '',
        required: false,
        proof: 'none',
        rungs: [
          { rung: 'tail_call', needs, objects: [{ object: 'connections/b', called }] },
          { rung: 'tp_btf', needs, objects: [{ object: 'connections/c' }] },
        ],
      },
    ];
    const alone = new FakeKernel();
    const { x } = climb(alone, { hooks });
    expect(x).toMatchObject({ rung: 'tp_btf', attached: true, refused: [{ rung: 'tail_call', detail: '' }] });
    expect(alone.objects).toEqual(['c']);
    const beside = new FakeKernel();
    const caller = (map: string) => (map === 'after' ? { feature: 'other', program: 'a' } : null);
    expect(climb(beside, { hooks, caller }).x).toMatchObject({ rung: 'tail_call', attached: true, refused: [] });
    expect(beside.requests.map(({ object, called }) => [object, called])).toEqual([['connections/b', called]]);
  });

  test('the next one takes its place, and nothing of the refused one stays', () => {
    const kernel = new FakeKernel({ snapshot: EACCES });
    const { snapshot } = climb(kernel);
    expect(snapshot).toMatchObject({ rung: 'walk', attached: true, code: null });
    expect(snapshot!.refused).toEqual([
      { rung: 'iterator', reason: 'snapshot: a policy of this machine forbids it (EACCES)', detail: '' },
    ]);
    expect(snapshot!.programs.map(({ program }) => program)).toEqual(['seed', 'walk']);
    // What both rungs have is loaded once, and kept.
    expect(kernel.objects.filter((name) => name === 'seed')).toEqual(['seed']);
    expect(kernel.unloaded).toEqual(['connections/snapshot']);
    // A policy has its own words.
    expect(kernel.probed).toBe(0);
  });

  test('what the kernel lacks is the reason, found out once, whatever else is refused', () => {
    const refuses = { snapshot: ENOENT, io: ESRCH, io_fexit: EINVAL };
    const kernel = new FakeKernel(refuses, {}, ['socket_iterator', 'sock_length_tracepoints']);
    const { snapshot, owner } = climb(kernel);
    expect(kernel.probed).toBe(1);
    expect(snapshot!.refused).toEqual([
      {
        rung: 'iterator',
        reason: 'socket storage iterator: needs Linux 5.9 or later',
        detail: '',
      },
    ]);
    expect(owner!.refused[0]!.reason).toMatch(/^sock_send\/recv_length: needs Linux 6\.3 or later/);
    expect(owner!).toMatchObject({ attached: false, rung: null, reason: owner!.refused[0]!.reason });
    // Nothing is loaded for a rung that is known to be missing, where another one follows.
    expect(kernel.objects).not.toContain('snapshot');
  });

  test('all of them: the best is told, and what attached of it stays', () => {
    const kernel = new FakeKernel(
      { snapshot_udp: EINVAL, walk: EINVAL, snapshot_copy: EINVAL },
      { 'connections/snapshot': ['snapshot_tcp', 'snapshot_udp'] },
    );
    const { snapshot } = climb(kernel);
    expect(snapshot).toMatchObject({ rung: null, attached: false, reason: `snapshot_udp: errno ${EINVAL}` });
    expect(snapshot!.refused.map(({ rung }) => rung)).toEqual(['iterator', 'walk', 'copy']);
    expect(snapshot!.programs.map(({ program, attached }) => [program, attached])).toEqual([
      ['seed', true],
      ['snapshot_tcp', true],
      ['snapshot_udp', false],
    ]);
    expect(kernel.unloaded).toEqual(['connections/walk', 'connections/snapshot_copy']);
  });

  test('of programs that are not attached one is told, what the verifier says first, and how many there are', () => {
    const refuses = { a: EACCES, b: EINVAL, d: EINVAL, udp_by_thread: EINVAL };
    const kernel = new FakeKernel(refuses, { 'connections/udp': ['a', 'b', 'c', 'd'] });
    const { udp, owner } = climb(kernel);
    expect(udp).toMatchObject({ attached: false, reason: `b and 1 more: errno ${EINVAL}; 1 more for other reasons` });
    expect(owner!.attached).toBe(true);
    // Nobody ends what the I/O programs would begin.
    expect(kernel.knobsOf('io')).toMatchObject({ ct_udp_by_task: 0, ct_udp_by_thread: 0 });
  });

  test('datagrams by thread where tasks lend cgroup programs no storage: the same that ends flows, and the I/O programs are told', () => {
    const kernel = new FakeKernel({ udp: EINVAL, io: ESRCH });
    const { udp, owner } = climb(kernel);
    expect(udp).toMatchObject({ rung: 'cgroup_hash', attached: true });
    expect(owner).toMatchObject({ rung: 'fentry', attached: true });
    expect(kernel.requests.find(({ object }) => object === 'connections/udp_by_thread')).toMatchObject({
      maps: { udp_threads: 16_384 },
      cgroup: 7,
    });
    expect(kernel.objects.filter((name) => name === 'udp_expiry')).toHaveLength(1);
    expect(kernel.knobsOf('io_fexit')).toMatchObject({ ct_udp_by_task: 0, ct_udp_by_thread: 1 });
    expect(kernel.unloaded).toEqual(['connections/udp', 'connections/io']);
  });

  test('a program on what the kernel does not have is not missed, unless a policy refuses it', () => {
    const programs = { 'connections/io_fexit': ['io_send4', 'io_page'] };
    const { owner } = climb(new FakeKernel({ io: ESRCH, io_page: ESRCH }, programs));
    expect(owner).toMatchObject({ rung: 'fentry', attached: true });
    expect(owner!.programs.map(({ program }) => program)).toEqual(['io_send4']);
    expect(climb(new FakeKernel({ io: ESRCH, io_page: EACCES }, programs)).owner!.attached).toBe(false);
  });

  test('each object that was tried has its result, those of refused rungs too', () => {
    const kernel = new FakeKernel({ snapshot: EACCES, udp: EINVAL }, {}, ['cgroup_task_storage']);
    const assets = new Map<string, AssetResult>();
    const groups = climb(kernel, { assets, damaged: damaged('io'), asks: ['exactUdp'] });
    const { snapshot, udp, owner } = groups;
    expect(snapshot!.assets).toEqual([
      { asset: 'connections/seed', result: 'kernel_types' },
      { asset: 'connections/snapshot', result: 'loader_error' },
      { asset: 'connections/walk', result: 'kernel_types' },
    ]);
    expect(udp!.assets).toContainEqual({ asset: 'connections/udp', result: 'verifier_rejected' });
    expect(udp!.refused[0]).toMatchObject({
      reason: expect.stringMatching(/^cgroup task storage: needs Linux 6\.16/),
      detail: `udp: errno ${EINVAL}`,
    });
    expect(owner!.assets).toEqual([{ asset: 'connections/io', result: 'read_error' }]);
    const told = Object.values(groups).flatMap((group) => group.assets);
    expect(Object.fromEntries(assets)).toEqual(Object.fromEntries(told.map(({ asset, result }) => [asset, result])));
  });

  test('a group without programs is off', () => {
    const { owner } = climb(new FakeKernel({}, { 'connections/io': [], 'connections/io_fexit': [] }));
    expect(owner).toMatchObject({ attached: false, proven: false, reason: 'It has no programs here.' });
  });

  test('an optional object is never the reason why its group is off', () => {
    const { udp } = climb(new FakeKernel({ exact: EINVAL }), { asks: ['exactUdp'] });
    expect(udp!.attached).toBe(true);
    expect(udp!.programs.filter(({ attached }) => !attached)).toMatchObject([{ program: 'exact', optional: true }]);
  });
});

describe('where an object is not what was built', () => {
  test('its group is off, with the code; nothing of it is loaded, and no other rung makes up for it', () => {
    const kernel = new FakeKernel();
    const { snapshot, tcp } = climb(kernel, { damaged: damaged('snapshot') });
    expect(snapshot).toMatchObject({
      attached: false,
      code: 'CONNTRAIL_ADDON_DAMAGED',
      reason: 'build/bpf/connections/snapshot.bpf.o is not.',
    });
    expect(kernel.objects).toEqual(['tcp', 'udp', 'udp_expiry', 'io']);
    expect(tcp!.attached).toBe(true);
    expect(kernel.probed).toBe(0);
  });

  test('an optional one is refused alone', () => {
    const { tcp } = climb(new FakeKernel(), { asks: ['failedConnects'], damaged: damaged('connect') });
    expect(tcp).toMatchObject({ attached: true, code: null });
    expect(tcp!.programs.at(-1)).toMatchObject({ program: 'connect', attached: false, optional: true });
  });
});

test('without a cgroup what needs one is told once, with what to do, and nothing is probed', () => {
  const kernel = new FakeKernel();
  const { udp, tcp, owner } = climb(kernel, { cgroup: NO_CGROUP, asks: ['exactUdp', 'failedConnects'] });
  expect(udp).toMatchObject({ attached: false, reason: 'Mount one to trace UDP.' });
  // Each group by its own name.
  const { capture } = climb(new FakeKernel(), { cgroup: NO_CGROUP, hooks: DNS.hooks });
  expect(capture).toMatchObject({ attached: false, reason: 'Mount one to trace DNS.' });
  expect(udp!.programs).toMatchObject([
    { program: 'udp', reason: 'cgroup is null, so UDP sockets cannot be followed', errno: ENOENT },
  ]);
  expect(tcp!.attached).toBe(true);
  expect(tcp!.programs.at(-1)).toMatchObject({ program: 'connect', reason: 'cgroup is null', optional: true });
  expect(owner!.attached).toBe(true);
  expect(kernel.objects).toEqual(['tcp', 'io', 'seed', 'snapshot']);
  expect(kernel.probed).toBe(0);
});

test('a group that nothing can prove is live when it is attached', () => {
  const hooks: HookGroupSpec[] = [
    {
      name: 'kills',
      id: 0x2001,
      gives: 'x',
      required: true,
      proof: 'none',
      rungs: [{ rung: 'tp_btf', needs: ['tp_btf'], objects: [{ object: 'checks/oom_kill/oom_kill' }] }],
    },
  ];
  expect(climb(new FakeKernel(), { hooks }).kills).toMatchObject({ attached: true, proven: true, reason: '' });
});

describe('a way without programs', () => {
  const group = (...rungs: HookGroupSpec['rungs']): HookGroupSpec[] => [
    { name: 'objects', id: 0x2101, gives: 'x', required: true, proof: 'none', rungs },
  ];
  const iterator = {
    rung: 'iterator',
    needs: ['tp_btf'],
    objects: [{ object: 'checks/ebpf/map' }],
  } as const satisfies RungSpec;
  const syscall = { rung: 'bpf_syscall', needs: [], objects: [] } as const satisfies RungSpec;

  test('holds where a better one is refused; nothing is loaded, nothing probed for it', () => {
    const kernel = new FakeKernel({ map: ESRCH });
    const { objects } = climb(kernel, { hooks: group(iterator, syscall) });
    expect(objects).toMatchObject({ rung: 'bpf_syscall', attached: true, proven: true, reason: '', programs: [] });
    expect(objects!.refused.map(({ rung }) => rung)).toEqual(['iterator']);
    const alone = new FakeKernel();
    expect(climb(alone, { hooks: group(syscall) }).objects).toMatchObject({ rung: 'bpf_syscall', attached: true });
    expect([alone.requests.length, alone.probed]).toEqual([0, 0]);
  });

  test('is not taken before a better one that loads', () => {
    const { objects } = climb(new FakeKernel(), { hooks: group(iterator, syscall) });
    expect(objects).toMatchObject({ rung: 'iterator', attached: true, refused: [] });
  });

  test('holds with its option alone, and is proven as it says itself', () => {
    const asked = { ...syscall, option: 'place', proof: 'none' } as const satisfies RungSpec;
    const [spec] = group(iterator, asked);
    const hooks = [{ ...spec!, proof: 'dns' }] as const;
    const refusing = () => new FakeKernel({ map: ESRCH });
    const without = climb(refusing(), { hooks }).objects!;
    expect(without).toMatchObject({ rung: null, attached: false, proof: 'dns' });
    expect(without.refused.map(({ rung }) => rung)).toEqual(['iterator']);
    const asks = ['place'];
    expect(climb(refusing(), { hooks, asks }).objects).toMatchObject({
      rung: 'bpf_syscall',
      proof: 'none',
      attached: true,
      proven: true,
      reason: '',
    });
    const better = climb(new FakeKernel(), { hooks, asks }).objects;
    expect(better).toMatchObject({ rung: 'iterator', proof: 'dns', proven: false });
  });

  test('does not hold without the capability that it takes', () => {
    const raw = { ...syscall, capability: 'net_raw' } as const satisfies RungSpec;
    expect(climb(new FakeKernel(), { hooks: group(raw) }).objects).toMatchObject({ rung: 'bpf_syscall' });
    const { objects } = climb(new FakeKernel({ map: ESRCH }), { hooks: group(iterator, raw), held: ['net_admin'] });
    expect(objects).toMatchObject({ rung: null, attached: false, code: null });
    expect(objects!.refused[1]).toEqual({ rung: 'bpf_syscall', reason: 'CAP_NET_RAW is missing', detail: '' });
  });

  test('does not hold where the kernel lacks what it needs', () => {
    const needy = { ...syscall, needs: ['ring_buffer'] } as const satisfies RungSpec;
    const { objects } = climb(new FakeKernel({}, {}, ['ring_buffer']), { hooks: group(needy) });
    expect(objects).toMatchObject({ rung: null, attached: false, code: null });
    expect(objects!.reason).toMatch(/ring buffer/i);
    expect(climb(new FakeKernel(), { hooks: group(needy) }).objects).toMatchObject({ rung: 'bpf_syscall' });
  });
});

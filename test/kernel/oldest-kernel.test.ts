/**
 * The objects that Linux 5.15 would be given ask for nothing that came later. No such kernel is booted (docs/testing-kernels.md): what 6.1 takes
 * of them is run there, and that it could as well be 5.15 is read off the objects. The same of 5.10, which is booted: what is wrong shows sooner.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FEATURES } from '../../src/features.js';
import { compareVersions } from '../../src/kernel/kernel-version.js';
import { PROBES, WAYS } from '../../src/kernel/probe-table.js';
import { BPF_OBJECTS } from '../../src/native/index.js';
import type { HookGroupSpec, RungSpec } from '../../src/pipeline/hooks.js';
import { type BpfObject, type Instruction, readBpfObject } from '../support/bpf-object.js';
import { lacksCommand, need } from '../support/require.js';

/** What a kernel has at the most. */
interface Limits {
  readonly release: string;
  readonly lastHelper: number;
  readonly lastMapType: number;
  readonly mapFlags: number;
  /** Helpers that its programs of these sections may not call yet, though it has them. */
  readonly withheld: readonly { readonly section: RegExp; readonly helpers: readonly number[] }[];
  /** Operations on memory of `lock` instructions. */
  readonly atomic: ReadonlySet<number>;
  /** Pointers to functions: callbacks of helpers (69c087ba6225, 5.13). */
  readonly callbacks: boolean;
}

/** Of a task's storage; in cgroup programs since 6.16 (ee971630f20f). */
const TASK_STORAGE = [156, 157];
const SOCKET_COOKIE = 46;
const SK_STORAGE = [107, 108];

/** include/uapi/linux/bpf.h of 5.15: bpf_task_pt_regs, BPF_MAP_TYPE_TASK_STORAGE, BPF_F_INNER_MAP. */
const BASE: Limits = {
  release: '5.15',
  lastHelper: 175,
  lastMapType: 29,
  mapFlags: (1 << 13) - 1,
  withheld: [{ section: /^cgroup/, helpers: TASK_STORAGE }],
  atomic: new Set([0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1]),
  callbacks: true,
};

/** Of 5.10: bpf_redirect_peer, BPF_MAP_TYPE_INODE_STORAGE, BPF_F_PRESERVE_ELEMS. */
const OLD: Limits = {
  release: '5.10',
  lastHelper: 155,
  lastMapType: 28,
  mapFlags: (1 << 12) - 1,
  withheld: [{ section: /^(tp_btf|raw_tp|iter|fexit|fentry|\.text)/, helpers: [SOCKET_COOKIE, ...SK_STORAGE] }],
  atomic: new Set([0x00]),
  callbacks: false,
};

/** Where programs are attached: tracepoints and iterators by name, with the release that has them (5.15 or before). */
const TRACEPOINTS = [
  'inet_sock_set_state',
  'tcp_receive_reset',
  'tcp_destroy_sock',
  'inet_sk_error_report',
  'mark_victim',
];
const ITERATORS = [
  'task_file',
  'bpf_map_elem',
  'bpf_sk_storage_map',
  'task',
  'tcp',
  'udp',
  'bpf_map',
  'bpf_prog',
  'task_vma',
];
const SECTIONS = [
  '\\.text',
  'syscall',
  'sockops',
  `(tp_btf|raw_tp)/(${TRACEPOINTS.join('|')})`,
  `iter/(${ITERATORS.join('|')})`,
  // Which functions a kernel has is not in its ABI: a rung whose functions are missing is passed over.
  '(fentry|fexit|kprobe|kretprobe)/\\w+',
  'cgroup/(connect|sendmsg|recvmsg|bind|post_bind|getpeername|getsockname)[46]',
  'cgroup/(sock_create|sock_release)',
  'cgroup_skb/(in|e)gress',
  'socket',
];
const SECTION = new RegExp(`^(${SECTIONS.join('|')})$`);

const SINCE = new Map([...WAYS, ...PROBES].map(({ name, since }) => [name, since]));
const offered = (release: string, { needs }: RungSpec) =>
  needs.every((need) => compareVersions(release, SINCE.get(need)!) >= 0);

/** The rung of a group that this kernel would be on: the first of which it has all. */
const rungOn = ({ release }: Limits, { rungs }: HookGroupSpec) => rungs.find((rung) => offered(release, rung));

const GROUPS = FEATURES.flatMap(({ name, hooks }) => hooks.map((group) => ({ name: `${name}.${group.name}`, group })));

/** What such a kernel is given. Objects that an option asks for may be refused: what is not told then, is told. */
const objectsOn = (kernel: Limits) =>
  [
    ...new Set(
      GROUPS.flatMap(({ group }) => rungOn(kernel, group)?.objects ?? [])
        .filter(({ option }) => option === undefined || kernel === BASE)
        .map(({ object }) => object),
    ),
  ].sort();

const CLASS = { load: 0, loadFrom: 1, store: 2, storeFrom: 3, alu: 4, jump: 5, jump32: 6, alu64: 7 } as const;
/** Instruction set of cpu v3 (RFC 9669's base sets and atomics, without what v4 added). */
function inVersion3({ code, offset, immediate }: Instruction, atomic: ReadonlySet<number>): boolean {
  const mode = code & 0xe0;
  const operation = code & 0xf0;
  switch (code & 7) {
    case CLASS.load:
      return code === 0x18 || mode === 0x20 || mode === 0x40;
    case CLASS.loadFrom:
    case CLASS.store:
      return mode === 0x60;
    case CLASS.storeFrom:
      return mode === 0x60 || (mode === 0xc0 && atomic.has(immediate));
    case CLASS.alu:
      return operation <= 0xd0 && offset === 0;
    case CLASS.alu64:
      return operation < 0xd0 && offset === 0;
    case CLASS.jump:
      return operation <= 0xd0;
    default:
      return operation !== 0 && operation !== 0x80 && operation !== 0x90 && operation <= 0xd0;
  }
}

const CALLBACK = 4; // BPF_PSEUDO_FUNC

/** What an object asks for that the kernel does not have, in a few words each. */
function beyond({ instructions, ...object }: BpfObject, kernel: Limits = BASE): string[] {
  const { lastHelper, lastMapType, mapFlags, withheld, atomic, callbacks } = kernel;
  const { sections, helpers, externs, maps } = object;
  const early = [...helpers].filter(([helper, places]) =>
    withheld.some((each) => each.helpers.includes(helper) && places.some((at) => each.section.test(at))),
  );
  return [
    ...[...helpers].filter(([helper]) => helper > lastHelper).map(([helper, [at]]) => `helper ${helper} at ${at}`),
    ...early.map(([helper, [at]]) => `helper ${helper}, not in such programs, at ${at}`),
    ...externs.filter(({ weak }) => !weak).map(({ name }) => `${name}, and not by __weak`),
    ...maps
      .filter(({ type }) => type === 0 || type > lastMapType)
      .map(({ name, type }) => `map ${name} of type ${type}`),
    ...maps
      .filter(({ flags }) => (flags & ~mapFlags) !== 0)
      .map(({ name, flags }) => `map ${name} with flags ${flags}`),
    ...sections.filter((name) => !SECTION.test(name)).map((name) => `program ${name}`),
    ...instructions
      .filter((each) => !inVersion3(each, atomic))
      .map(({ at, code }) => `instruction 0x${code.toString(16)} at ${at}`),
    ...instructions
      .filter(({ code, source }) => !callbacks && code === 0x18 && source === CALLBACK)
      .map(({ at }) => `callback at ${at}`),
  ];
}

const read = (object: string) => readBpfObject(readFileSync(join(BPF_OBJECTS, `${object}.bpf.o`)));

test('there are such objects of every feature', () => {
  const objects = ['connections/tcp', 'connections/seed', 'checks/oom_kill/oom_kill'];
  expect(objectsOn(BASE)).toEqual(expect.arrayContaining(objects));
  expect(objectsOn(OLD)).toEqual([
    'checks/ebpf/holders',
    'checks/ebpf/maps',
    'checks/ebpf/programs',
    'checks/oom_kill/choice_fentry',
    'checks/oom_kill/oom_kill',
    'checks/tcp_queue_length/kprobe',
    'checks/tcp_queue_length/sweep_5_10',
    'connections/cookies',
    'connections/tcp_5_10',
  ]);
  expect(rungOn(BASE, GROUPS.find(({ name }) => name === 'connections.snapshot')!.group)?.rung).toBe('copy');
});

const lacksObjects = () =>
  existsSync(join(BPF_OBJECTS, 'SHA256SUMS')) ? null : 'the BPF objects are not built here (no BTF)';

const GIVEN = [BASE, OLD].flatMap((kernel) =>
  objectsOn(kernel).map((object) => ({ object, kernel, release: kernel.release })),
);

test.for(GIVEN)('$object, $release', ({ object, kernel }, context) => {
  need(context, 'live', lacksObjects());
  const built = read(object);
  expect(built.instructions.length).toBeGreaterThan(0);
  expect(built.helpers.size).toBeGreaterThan(0);
  expect(beyond(built, kernel)).toEqual([]);
});

test('what came later is found: in objects for later kernels', (context) => {
  need(context, 'live', lacksObjects());
  expect(beyond(read('connections/snapshot'))).toEqual([
    expect.stringMatching(/^helper 181 at iter\/bpf_map_elem\+\d+$/),
  ]);
  const found = beyond(read('connections/udp')).map((text) => text.replace(/ at .*/, ''));
  expect(found).toContain('helper 156, not in such programs,');
  const old = beyond(read('connections/tcp'), OLD).map((text) => text.replace(/ (0x\w+ )?at .*/, ''));
  expect(new Set(old)).toEqual(new Set(['helper 158', 'helper 46, not in such programs,', 'instruction']));
});

/** Each with what is found in it. */
const LATER = `
struct { int (*type)[30]; int (*map_flags)[8192]; } bloom __attribute__((section(".maps"), used));
extern void bpf_rcu_read_lock(void) __attribute__((section(".ksyms")));
extern void maybe(void) __attribute__((section(".ksyms"), weak));
__attribute__((section("kprobe.multi/tcp_*"), used)) long program(long *context)
{
	bpf_rcu_read_lock();
	if (maybe)
		maybe();
	asm volatile("call 181");
	return context[0];
}`;

test('and in one that is made for it', (context) => {
  need(context, 'clang', lacksCommand('clang'));
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-'));
  try {
    const [source, object] = [join(folder, 'later.c'), join(folder, 'later.o')];
    writeFileSync(source, LATER);
    execFileSync('clang', ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-c', source, '-o', object]);
    expect(beyond(readBpfObject(readFileSync(object)))).toEqual([
      expect.stringMatching(/^helper 181 at /),
      'bpf_rcu_read_lock, and not by __weak',
      'map bloom of type 30',
      'map bloom with flags 8192',
      'program kprobe.multi/tcp_*',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['gotol', { code: 0x06, offset: 0, immediate: 1 }],
  ['sign-extending load', { code: 0x81, offset: 0, immediate: 0 }],
  ['sign-extending move', { code: 0xbf, offset: 8, immediate: 0 }],
  ['signed division', { code: 0x3f, offset: 1, immediate: 0 }],
  ['bswap', { code: 0xd7, offset: 0, immediate: 64 }],
  ['may_goto', { code: 0xe5, offset: 0, immediate: 0 }],
  ['load-acquire', { code: 0xdb, offset: 0, immediate: 0x100 }],
] as const)('%s is no instruction of cpu v3', (_, { code, offset, immediate }) => {
  expect(inVersion3({ at: '', source: 0, code, offset, immediate }, BASE.atomic)).toBe(false);
});

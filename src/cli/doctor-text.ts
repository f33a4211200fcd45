import { FEATURES, hookSpec } from '../features.js';
import { type HookGroup, isTested } from '../kernel/hook-groups.js';
import type { ProbeStatus } from '../kernel/probes.js';
import type { ProgramResult } from '../native/index.js';
import type { Diagnosis } from './diagnosis.js';
import { refusedExtras } from './refused-extras.js';

const WIDTH = 79;
const INDENT = 2;
const STATUS = 9;
const TITLE = 24;

const WORDS: Readonly<Record<ProbeStatus, string>> = {
  works: 'works',
  missing: 'missing',
  refused: 'refused',
  inconclusive: '?',
};

const CAPABILITY_GIVES: Readonly<Record<string, string>> = {
  bpf: 'loading programs and maps',
  perfmon: 'tracing programs',
  net_admin: 'the cgroup hooks of UDP',
};

/** The diagnosis for people, at most 79 columns wide. */
export function doctorText(diagnosis: Diagnosis): string {
  const { conntrail, kernel, cpus, libbpf, capabilities, rungs, features, hook_groups: groups, limits } = diagnosis;
  const lines = [
    `conntrail ${conntrail} on ${kernel.release} (${kernel.machine}), ${cpus} CPUs, libbpf ${libbpf ?? 'not loaded'}`,
  ];
  lines.push('', 'Privileges');
  for (const { name, held } of capabilities) {
    lines.push(...entry(held ? 'ok' : 'MISSING', `CAP_${name.toUpperCase()}`, CAPABILITY_GIVES[name] ?? ''));
  }
  lines.push('', 'Ways into the kernel, best first');
  for (const rung of rungs)
    lines.push(...entry(rung.live ? 'live' : WORDS[rung.status], rung.title, rung.live ? rung.gives : rung.reason));
  lines.push('', 'Kernel features');
  for (const { status, title, gives, reason } of features) {
    lines.push(...entry(WORDS[status], title, gives));
    if (reason !== '') lines.push(...entry('', '', `(${reason})`));
  }
  for (const { name, hooks: known } of FEATURES) {
    if (known.length === 0) continue;
    lines.push('', `Hooks of ${name}${known.some(isTested) ? ', each proven by a connection of its own' : ''}`);
    const own = groups.filter(({ feature }) => feature === name);
    const refusal = diagnosis.refused.find(({ feature }) => feature === name);
    if (refusal !== undefined) lines.push(...entry('off', '', refusal.reason));
    else if (own.length === 0) lines.push('  not tried: see below');
    lines.push(...own.flatMap(hooks));
  }
  lines.push('', 'Surroundings');
  lines.push(
    ...entry(
      diagnosis.cgroup2 === null ? 'missing' : 'ok',
      'cgroup v2',
      diagnosis.cgroup2 ?? 'mount one to trace UDP: mount -t cgroup2 none /sys/fs/cgroup',
    ),
  );
  lines.push(...entry(diagnosis.transport === null ? '-' : 'ok', 'transport', transport(diagnosis)));
  const most = greatest(groups.flatMap(({ programs }) => programs));
  if (most !== null)
    lines.push(...entry('', 'verifier', `at most ${most.instructions} instructions, for ${most.program}`));
  lines.push(...entry('', 'lockdown', kernel.lockdown ?? 'not told here (securityfs is not mounted)'));
  lines.push(
    ...entry('', 'locked memory', bytes(limits.memlock)),
    ...entry('', 'open files', limits.open_files ?? 'unknown'),
  );
  if (limits.memory_bytes !== null) lines.push(...entry('', 'memory', bytes(String(limits.memory_bytes))));
  lines.push('', ...verdict(diagnosis));
  return `${lines.join('\n')}\n`;
}

/** A hook group: what it gives, by which way, and why not by a better one. */
function hooks(group: HookGroup): string[] {
  const { feature, name, attached, proven, reason, rung, refused } = group;
  const lines = entry(
    statusOf(group),
    rung === null ? name : `${name} (${rung})`,
    hookSpec(feature, name)?.gives ?? '',
  );
  if (!proven && reason !== '') lines.push(...entry('', '', reason));
  for (const each of refused) {
    if (attached || each.reason !== reason) lines.push(...entry('', '', `${each.rung} is refused: ${each.reason}`));
  }
  for (const sentence of refusedExtras(group)) lines.push(...entry('', '', sentence));
  return lines;
}

function statusOf(group: HookGroup): string {
  if (group.proven) return 'proven';
  if (!group.attached) return 'off';
  if (!isTested(group)) return 'live';
  return group.fault === '' ? 'SILENT' : 'WRONG';
}

/** The program that the verifier went through most instructions for; null where nothing was loaded, or the kernel does not tell. */
function greatest(programs: readonly ProgramResult[]): ProgramResult | null {
  const sorted = programs
    .filter(({ instructions }) => instructions !== null)
    .sort((a, b) => b.instructions! - a.instructions!);
  return sorted[0] ?? null;
}

function transport({ transport, transport_reason: reason }: Diagnosis): string {
  if (transport === null) return 'not tried';
  return `${transport} buffer${reason === '' ? '' : `: ${reason}`}`;
}

function verdict({ verdict, problems }: Diagnosis): string[] {
  if (verdict === 'ok') return ['Everything works.'];
  const words = verdict === 'degraded' ? 'Works in part:' : 'Cannot trace this host:';
  return [words, ...problems.flatMap((problem) => wrap(problem, WIDTH - INDENT).map((line) => `  ${line}`))];
}

function entry(status: string, title: string, text: string): string[] {
  const left = ' '.repeat(INDENT) + status.padEnd(STATUS) + title.padEnd(TITLE);
  const [first = '', ...rest] = wrap(text, WIDTH - left.length);
  return [(left + first).trimEnd(), ...rest.map((line) => ' '.repeat(left.length) + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function bytes(text: string | null): string {
  if (text === null || !/^\d+$/.test(text)) return text ?? 'unknown';
  return `${Math.round(Number(text) / 2 ** 20)} MiB`;
}

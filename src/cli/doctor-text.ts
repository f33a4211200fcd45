import { FEATURES } from '../features.js';
import type { AssetResult } from '../frames/asset.js';
import { ASSET_RESULT } from '../frames/layout.gen.js';
import { cgroupUsers, inWords } from '../kernel/cgroup-users.js';
import { type HookGroup, isTested } from '../kernel/hook-groups.js';
import type { ProbeStatus } from '../kernel/probes.js';
import type { ProgramResult } from '../native/index.js';
import type { Diagnosis } from './diagnosis.js';
import type { GroupDiagnosis } from './group-diagnosis.js';
import { howToGetKafkaClient } from './kafka-client.js';
import type { ToldProbe } from './probe-users.js';

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

/** Results of which nothing has to be said. */
const PLAIN: ReadonlySet<AssetResult> = new Set<AssetResult>(['kernel_types']);

const ASSET_WORDS: Readonly<Record<AssetResult, string>> = {
  user_types: 'loaded with types of the user',
  embedded_types: 'loaded with types that came with it',
  kernel_types: 'loaded',
  no_types: 'no types found',
  read_error: 'its file is not what was built',
  verifier_rejected: 'the verifier rejected it',
  loader_error: 'refused by the loader',
  remote_types: 'loaded with types from a remote configuration',
};

const CGROUP_USERS = inWords(cgroupUsers(FEATURES));

const CAPABILITY_GIVES: Readonly<Record<string, string>> = {
  bpf: 'loading programs and maps',
  perfmon: 'tracing programs',
  net_admin: `the cgroup hooks of ${CGROUP_USERS}`,
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
  lines.push(...kernelFeatures(features));
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
      diagnosis.cgroup2 ?? `mount one to trace ${CGROUP_USERS}: mount -t cgroup2 none /sys/fs/cgroup`,
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
  const client = diagnosis.kafka_client;
  lines.push(...entry(client === null ? '-' : 'ok', 'Kafka client', client ?? `not there: ${howToGetKafkaClient()}`));
  lines.push('', ...verdict(diagnosis));
  return `${lines.join('\n')}\n`;
}

/** What does not work, each with its reason; what is not known, each reason once; and what works. */
function kernelFeatures(features: readonly ToldProbe[]): string[] {
  const lines: string[] = [];
  const unknown = new Map<string, string[]>();
  for (const { status, title, gives, reason } of features) {
    if (status === 'inconclusive') unknown.set(reason, [...(unknown.get(reason) ?? []), title]);
    else if (status !== 'works') lines.push(...entry(WORDS[status], title, gives), ...entry('', '', `(${reason})`));
  }
  for (const [reason, titles] of unknown) {
    lines.push(
      ...entry(
        WORDS.inconclusive,
        `${titles.length} ${titles.length === 1 ? 'feature' : 'features'}`,
        titles.join(', '),
      ),
      ...entry('', '', `(${reason})`),
    );
  }
  const working = features.filter(({ status }) => status === 'works').map(({ title }) => title);
  const which = working.length === features.length ? `all ${working.length}` : `${working.length} features`;
  if (working.length > 0) lines.push(...entry(WORDS.works, which, working.join(', ')));
  return lines;
}

/** A hook group: what it gives, by which way, what of it is lost, and why there is no better one. */
function hooks(group: GroupDiagnosis): string[] {
  const { name, attached, proven, reason, rung, gives, lost, assets } = group;
  const lines = entry(statusOf(group), rung === null ? name : `${name} (${rung})`, gives);
  const add = (text: string): number => lines.push(...entry('', '', text));
  if (!proven && reason !== '') add(reason);
  if (attached) for (const each of lost) add(`but: ${each}`);
  for (const { ways, reason: why, detail } of refusals(group)) {
    if (attached || why !== reason) add(`not by ${ways.join(' or ')}: ${why}`);
    if (!attached && detail !== '') add(`(${detail})`);
  }
  for (const { asset, result } of assets) {
    if (!PLAIN.has(result)) add(`${asset}: ${ASSET_WORDS[result]} (${ASSET_RESULT[result]})`);
  }
  return lines;
}

/** Each reason once, with all ways that it stands in. */
function refusals({ refused }: HookGroup): { ways: string[]; reason: string; detail: string }[] {
  const told = new Map<string, { ways: string[]; reason: string; detail: string }>();
  for (const { rung, reason, detail } of refused) {
    const known = told.get(reason);
    if (known === undefined) told.set(reason, { ways: [rung], reason, detail });
    else known.ways.push(rung);
  }
  return [...told.values()];
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

function verdict({ verdict, problems, recommendation, hook_groups: groups }: Diagnosis): string[] {
  const told = (sentence: string): string[] => wrap(sentence, WIDTH - INDENT).map((line) => `  ${line}`);
  const advice =
    recommendation === '' || problems.includes(recommendation) ? [] : ['What to do:', ...told(recommendation)];
  if (verdict === 'ok') {
    const dear = groups.filter(({ lost }) => lost.length > 0).map(({ name }) => name);
    if (dear.length === 0) return ['Everything works.', ...advice];
    return [`Everything works, but for what is said above of ${dear.join(', ')}.`, ...advice];
  }
  const words = verdict === 'degraded' ? 'Works in part:' : 'Cannot trace this host:';
  return [words, ...problems.flatMap(told), ...advice];
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

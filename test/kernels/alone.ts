/** What `conntrail check` tells in a guest, one check after the other, against bpftool's word and the guest's own. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ExpectStatic } from 'vitest';
import type { EbpfMap } from '../../src/checks/ebpf/generated/ebpf-map.js';
import type { EbpfProgram } from '../../src/checks/ebpf/generated/ebpf-program.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { COMMAND } from '../live/support/checkout.js';
import type { Boot } from './guest.js';
import { describesVictim, expectedKill, readKills } from './oom-kill.js';
import type { CheckOutcome, Share } from './outcome.js';
import { readQueues, rightQueues } from './queues.js';
import type { ChecksResult, MadeMap, ToolMap, ToolObject, ToolProgram } from './result.js';

/** Of differences that are shown. */
const SHOWN = 8;

/** Of guest/objects.py: all but the Bloom filter (Linux 5.16). */
const LEAST_MAPS = 9;

const QUEUES = ['receive', 'send', 'accept'];

/** A share of a core needs two. */
const READINGS = 2;

type EbpfResult = NonNullable<ChecksResult['ebpf']>;

/** As NDJSON has it: times are text. */
type Line<R extends EbpfMap | EbpfProgram> = Omit<R, 'loaded'> & {
  readonly record: string;
  readonly loaded: string | null;
};
type MapLine = Line<EbpfMap>;
type ProgramLine = Line<EbpfProgram>;

/** Each check ended well, and what it wrote is whole. */
export function checkAlone(expect: ExpectStatic, booted: Boot): CheckOutcome {
  const { result, records } = booted;
  const checks = result.checks!;
  for (const [name, { status, text }] of Object.entries(checks)) {
    expect.soft(status, `check ${name}: ${text}`).toBe(EXIT.ok);
    const {
      status: verified,
      stdout,
      stderr,
    } = spawnSync(COMMAND, ['verify', records(`check-${name}`)], { encoding: 'utf8' });
    expect.soft(verified, `check ${name}: ${stdout}${stderr}`).toBe(EXIT.ok);
  }
  const { victim, described } = checks.oom_kill;
  const kills = readKills(records('check-oom_kill'));
  expect.soft(kills).toEqual([expectedKill(victim, describesVictim(described, booted))]);
  const ebpf = checks.ebpf === undefined ? {} : checkEbpf(expect, checks.ebpf, records('check-ebpf'));
  const { held } = checks.tcp_queue_length;
  const queues = readQueues(records('check-tcp_queue_length'), held);
  const right = rightQueues(queues, held);
  expect.soft(right, JSON.stringify({ held, queues: queues.slice(0, SHOWN) })).toEqual(QUEUES);
  return { ...ebpf, kills: share(kills.length, 1), queues: share(right.length, QUEUES.length) };
}

const share = (right: number, of: number): Share => `${right} of ${of}`;

function checkEbpf(expect: ExpectStatic, told: EbpfResult, path: string): Omit<CheckOutcome, 'kills' | 'queues'> {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"record":"ebpf_'));
  const records = lines
    .map((line) => JSON.parse(line) as MapLine | ProgramLine)
    .filter(({ round }) => round === READINGS);
  const maps = records.filter((line): line is MapLine => line.record === 'ebpf_map');
  const programs = records.filter((line): line is ProgramLine => line.record === 'ebpf_program');
  const wrongMaps = differences(told.maps, maps, (tool, line) => mapDifferences(tool, line, told.made));
  const wrongPrograms = differences(told.programs, programs, (tool, line) => programDifferences(tool, line, told.made));
  expect.soft(wrongMaps.slice(0, SHOWN), `${wrongMaps.length} maps differ`).toEqual([]);
  expect.soft(wrongPrograms.slice(0, SHOWN), `${wrongPrograms.length} programs differ`).toEqual([]);
  const entries = told.made.maps.map(({ name, type }): [string, string] => {
    const line = maps.find((each) => each.name === name);
    return [type, line?.entries_by ?? line?.entries_reason ?? 'missing'];
  });
  expect.soft(told.made.maps.length, 'maps that this kernel can make').toBeGreaterThanOrEqual(LEAST_MAPS);
  expect.soft(told.maps.length, 'maps that bpftool tells').toBeGreaterThanOrEqual(told.made.maps.length);
  return {
    maps: share(told.maps.length - wrongMaps.length, told.maps.length),
    programs: share(told.programs.length - wrongPrograms.length, told.programs.length),
    entries: Object.fromEntries(entries),
  };
}

/** One sentence for each object that is missing, told twice, or told wrong. */
function differences<T extends ToolObject, L extends { readonly id: number }>(
  tools: readonly T[],
  lines: readonly L[],
  compare: (tool: T, line: L) => string[],
): string[] {
  return tools.flatMap((tool) => {
    const found = lines.filter(({ id }) => id === tool.id);
    const wrong = found.length === 1 ? compare(tool, found[0]!) : [`told ${found.length} times`];
    return wrong.length === 0 ? [] : [`${tool.type} ${tool.name ?? ''} ${tool.id}: ${wrong.join(', ')}`];
  });
}

/** What of `line` is not as `wanted` has it. */
function unequal(line: object, wanted: Readonly<Record<string, unknown>>): string[] {
  const told = line as Readonly<Record<string, unknown>>;
  return Object.entries(wanted)
    .filter(([name, value]) => value !== undefined && told[name] !== value)
    .map(([name, value]) => `${name} ${String(told[name])}, not ${String(value)}`);
}

function mapDifferences(tool: ToolMap, line: MapLine, { maps, pid }: EbpfResult['made']): string[] {
  const { type, bytes_key: key_size, bytes_value: value_size, max_entries, flags, bytes_memlock: memory_kernel } = tool;
  const wrong = unequal(line, {
    name: tool.name ?? null,
    type,
    key_size,
    value_size,
    max_entries,
    flags,
    memory_kernel,
  });
  const made = maps.find(({ name }) => name === tool.name);
  return made === undefined ? wrong : [...wrong, ...contents(line, made), ...owned(line, pid)];
}

function contents(line: MapLine, { entries }: MadeMap): string[] {
  const wrong = unequal(line, { entries });
  if (entries === null && line.entries_reason !== 'not_countable') wrong.push(`not counted: ${line.entries_reason}`);
  return wrong;
}

/** Its owner, where owners can be had. */
function owned({ owners, owner_count: count }: MapLine | ProgramLine, pid: number): string[] {
  if (count === null) return [];
  return owners.some((owner) => owner.pid === pid) ? [] : [`owners ${JSON.stringify(owners)}, not ${pid}`];
}

function programDifferences(tool: ToolProgram, line: ProgramLine, made: EbpfResult['made']): string[] {
  const { type, tag, bytes_xlated: xlated_bytes, bytes_jited, uid, bytes_memlock: memory_kernel } = tool;
  const wrong = unequal(line, {
    name: tool.name ?? null,
    type,
    tag,
    xlated_bytes,
    jited_bytes: bytes_jited ?? 0,
    uid,
    memory_kernel,
  });
  if (tool.name !== made.filter) return wrong;
  const runs = Number(line.since_last?.runs ?? 0);
  if (runs < 1 || runs > made.runs) wrong.push(`${runs} runs of ${made.runs}`);
  return [...wrong, ...owned(line, made.pid)];
}

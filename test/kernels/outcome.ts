/** What a boot showed of one kernel, as kept in results.json, from which docs/kernels.md is made. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import type { ProgramResult } from '../../src/native/index.js';
import { groupsOf, programsOf } from './guest.js';

const PATH = fileURLToPath(new URL('results.json', import.meta.url));

/** Right ones, of how many: `89 of 89`. */
export type Share = `${number} of ${number}`;

/** What one run of the tracer told. */
export interface RunOutcome {
  readonly incoming: Share;
  readonly outgoing: Share;
  /** null: UDP is off. */
  readonly udp: Share | null;
  /** Sockets whose UDP calls are not one datagram each; null: UDP is off, or there were none. */
  readonly calls: Share | null;
  /** Ends over veth with RPS. */
  readonly steered: Share;
  /** Datagrams counted where tasks contend for a CPU; null: UDP is off. */
  readonly contended: Share | null;
  readonly lost: number;
}

/** What the checks told, each alone. */
export interface CheckOutcome {
  /** Maps and programs of which everything is as bpftool has it, and as the guest's program made them. */
  readonly maps?: Share;
  readonly programs?: Share;
  /** Type of a map → how its entries were counted; why not where they were not. */
  readonly entries?: Readonly<Record<string, string>>;
  readonly kills: Share;
  /** Kinds of queues: receive, send, accept. */
  readonly queues: Share;
}

/** Queries of DNS, and names of connections; in a sentence why not, where it does not run. */
export type DnsOutcome =
  | { readonly refused: string }
  | {
      /** Ends of queries: asked, and was asked. */
      readonly queries: Share;
      /** Connections to addresses that their process had asked for. */
      readonly names: Share;
      readonly lost: number;
    };

export interface KernelOutcome {
  readonly release: string;
  readonly verdict: string;
  /** What stands in the way, when nothing is traced. */
  readonly refused: string | null;
  readonly groups: Readonly<Record<string, { readonly rung: string | null; readonly reason: string }>>;
  readonly runs: Readonly<Record<string, RunOutcome>>;
  readonly checks: CheckOutcome | null;
  readonly dns: DnsOutcome | null;
  /** By protocol: fields that some record of an end does not have, with commas between. */
  readonly nulls: Readonly<Record<string, string>>;
  /** Row of src/kernel/probes.ts → what became of it. */
  readonly probes: Readonly<Record<string, string>>;
  /** Program → instructions that the verifier went through; those that were not counted are left out. */
  readonly verifier: Readonly<Record<string, number>>;
}

export type Outcomes = Readonly<Record<string, KernelOutcome>>;

export function readOutcomes(): Outcomes {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Outcomes) : {};
}

export function keepOutcome(name: string, outcome: KernelOutcome): void {
  const all = { ...readOutcomes(), [name]: outcome };
  const order = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => order(a, b)));
  writeFileSync(PATH, `${JSON.stringify(sorted, null, 2)}\n`);
}

/** What doctor says there. */
export function diagnosed(diagnosis: Diagnosis): Omit<KernelOutcome, 'checks' | 'dns' | 'nulls' | 'refused' | 'runs'> {
  const { kernel, verdict, rungs, features } = diagnosis;
  const groups = Object.entries(groupsOf(diagnosis)).map(([name, { rung, reason }]) => [
    name,
    { rung, reason: rung === null ? reason : '' },
  ]);
  return {
    release: kernel.release,
    verdict,
    groups: Object.fromEntries(groups),
    probes: Object.fromEntries([...rungs, ...features].map(({ name, status }) => [name, status])),
    verifier: countsOf(programsOf(diagnosis)),
  };
}

function countsOf(programs: readonly ProgramResult[]): Record<string, number> {
  const counted = programs.flatMap(({ object, program, instructions }): [string, number][] =>
    instructions === null ? [] : [[`${object}:${program}`, instructions]],
  );
  return Object.fromEntries(counted.sort(([a], [b]) => a.localeCompare(b, 'en')));
}

/** A program may grow by this share before the table has to be made anew, which shows it to who reviews. */
const GROWTH = 1.1;
/** Instructions of growth that never matter. */
const SLACK = 200;

const versionOf = (release: string) => release.split('.', 2).join('.');

/** Programs that have grown, or that the table does not have; empty where it is of another version of Linux. */
export function grown(found: KernelOutcome, kept: KernelOutcome | undefined): string[] {
  if (kept === undefined) return ['there is nothing of this kernel in test/kernels/results.json'];
  if (versionOf(found.release) !== versionOf(kept.release)) return [];
  return Object.entries(found.verifier).flatMap(([program, count]) => {
    const before = kept.verifier[program];
    if (before === undefined) return [`${program} is new`];
    return count > Math.max(before * GROWTH, before + SLACK) ? [`${program} went from ${before} to ${count}`] : [];
  });
}

/** Whether results.json still tells what was found; numbers apart, which the run itself holds to be right. */
export function isStale(found: KernelOutcome, kept: KernelOutcome | undefined): boolean {
  if (kept === undefined) return true;
  if (versionOf(found.release) !== versionOf(kept.release)) return false;
  const told = ({ verdict, refused, groups, probes, nulls, checks, dns }: KernelOutcome) =>
    JSON.stringify([verdict, refused, groups, probes, nulls, checks?.entries, dns]);
  // What was kept before there was DNS says nothing of it.
  return told(found) !== told({ ...kept, dns: kept.dns ?? found.dns });
}

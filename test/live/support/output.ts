/** NDJSON output of the command, as a consumer reads it: by field names alone, without any of the product's code. */
import { readFileSync } from 'node:fs';

export interface Counters {
  readonly sent_bytes: number;
  readonly received_bytes: number | null;
  readonly sent_packets: number | null;
  readonly received_packets: number | null;
  readonly retransmits: number;
  readonly established: number;
  readonly closed: number;
}

export interface ConnectionLine {
  readonly record: 'connection';
  readonly cookie: number;
  readonly generation: number;
  readonly seq: number;
  readonly protocol: string;
  readonly family: string;
  readonly direction: string;
  readonly state: 'open' | 'closed';
  readonly local: { readonly address: string | null; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number; readonly scope: number | null } | null;
  readonly netns: { readonly inode: number; readonly cookie: number };
  readonly process: {
    readonly pid: number;
    readonly name: string;
    readonly uid: number;
    readonly source: string;
  } | null;
  /** UTC, µs: as numbers here, texts in the file. */
  readonly start: number | null;
  readonly end: number | null;
  readonly duration_us: number | null;
  readonly delta: Counters;
  readonly total: Counters;
  readonly rtt_us: number | null;
  readonly failure: { readonly cause: string; readonly errno: number | null; readonly by: string | null } | null;
  readonly observed_from: string;
}

/** What a ledger record says of one feature. */
export interface AccountLine {
  readonly feature: string;
  readonly unit: string;
  readonly series: readonly {
    readonly record: string;
    readonly first_seq: number | null;
    readonly last_seq: number | null;
  }[];
  readonly attempted: number;
  readonly emitted: number;
  readonly pending: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly read: number;
  readonly duplicate: number;
  readonly enqueued: number;
  readonly dropped: number;
  readonly filtered: number;
  readonly self_test: number;
  readonly canary: number;
  readonly merged: number;
  readonly discarded: Readonly<Record<string, number>>;
  readonly resident: number;
  readonly given: number;
  readonly notes: Readonly<Record<string, number>>;
}

export interface LedgerLine {
  readonly record: 'ledger';
  readonly seq: number;
  readonly intervals: number;
  readonly final: boolean;
  readonly interval: { readonly start: string; readonly end: string };
  readonly accounts: readonly AccountLine[];
  readonly hooks: readonly {
    readonly feature: string;
    readonly group: string;
    readonly rung: string;
    readonly state: 'live' | 'silent';
    readonly reattached: number;
    readonly silence: { readonly since: string; readonly until: string | null } | null;
  }[];
}

interface CountLine {
  readonly records: number;
  readonly units: number;
}

/** What the output says it did with what it was handed. */
export interface OutputLine {
  readonly record: 'output';
  readonly ledger_seq: number;
  readonly series: readonly { readonly record: string; readonly written: CountLine; readonly refused: CountLine }[];
}

export interface Output {
  readonly connections: readonly ConnectionLine[];
  readonly ledgers: readonly LedgerLine[];
  /** Its own accounts; a replay has none. */
  readonly outputs: readonly OutputLine[];
}

export function readOutput(path: string): Output {
  const connections: ConnectionLine[] = [];
  const ledgers: LedgerLine[] = [];
  const outputs: OutputLine[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line, (name, value: unknown) =>
      (name === 'start' || name === 'end') && typeof value === 'string' ? microseconds(value) : value,
    ) as ConnectionLine | LedgerLine | OutputLine;
    if (entry.record === 'connection') connections.push(entry);
    else if (entry.record === 'ledger') ledgers.push(entry);
    else if (entry.record === 'output') outputs.push(entry);
  }
  return { connections, ledgers, outputs };
}

/** µs since 1970 of a text such as 2026-11-20T10:15:00.000123Z. */
function microseconds(text: string): number {
  const [, seconds, fraction] = /^(.{19})\.(\d{6})Z$/.exec(text) ?? [];
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction);
}

/** What a replay reproduces of an NDJSON output: all but what the output tells of itself. */
export function withoutAccounts(text: string): string {
  return text.replaceAll(/^\{"record":"output".*\n/gm, '');
}

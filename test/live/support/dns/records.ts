/** dns records of the command's NDJSON, as a consumer reads them: by field names alone. */
import { readFileSync } from 'node:fs';
import type { Outcome } from './askers.js';

export interface DnsLine {
  readonly record: 'dns';
  readonly seq: number;
  readonly time: string;
  readonly role: 'client' | 'server' | 'observer';
  readonly outcome: 'answered' | 'timed_out' | 'displaced' | 'run_end';
  readonly transport: 'udp' | 'tcp';
  readonly family: 'ipv4' | 'ipv6';
  readonly cookie: number | string | null;
  readonly netns: { readonly inode: number | null };
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  readonly process: {
    readonly pid: number;
    readonly name: string;
    readonly uid: number;
    readonly source: string;
  } | null;
  readonly id: number;
  readonly question: { readonly name: string; readonly type: string; readonly class: string };
  readonly rcode: string | null;
  readonly rcode_number: number | null;
  readonly extended_error: number | null;
  readonly answers: readonly {
    readonly link: number | null;
    readonly type: string;
    readonly ttl: number;
    readonly value: string | null;
  }[];
  readonly answer_count: number | null;
  readonly cname_chain: readonly string[];
  readonly ttl: number | null;
  readonly latency_us: number | null;
  readonly retries: number;
  readonly truncated: boolean | null;
  readonly cut: boolean;
  readonly messages: number;
}

/** All dns records of an output, in its order. */
export function readDns(path: string): DnsLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"record":"dns",'))
    .map((line) => JSON.parse(line) as DnsLine);
}

/** What a record says of one question, in the words of servers' logs. */
export function outcomeOf({ question, rcode }: DnsLine): Outcome {
  return { name: question.name, type: question.type, rcode: rcode === null ? null : rcode.toUpperCase() };
}

/** Outcomes, counted: `name type rcode` → how many. */
export function tally(outcomes: readonly Outcome[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { name, type, rcode } of outcomes) {
    const key = `${name} ${type} ${rcode ?? 'no answer'}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All addresses that answers say, each once, sorted. */
export function addressesOf(lines: readonly DnsLine[]): string[] {
  const found = lines.flatMap(({ answers }) => answers.filter(({ type }) => type === 'A' || type === 'AAAA'));
  return [...new Set(found.map(({ value }) => value!))].sort();
}

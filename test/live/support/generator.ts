/** The traffic generator (test/live/generator), and the list it writes of what each socket end did. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { CHECKOUT } from './checkout.js';

export const GENERATOR = `${CHECKOUT}build/test/conntrail-traffic`;

export type Scenario = 'loopback' | 'veth';

/** One socket end, as its application knows it. Field names as in the generator's expectation.h. */
export interface ExpectedEnd {
  readonly kind: string;
  readonly number: number;
  readonly protocol: 'tcp' | 'udp';
  readonly cookie: number;
  /** TCP: connects on this socket; null for UDP, where the peer tells. */
  readonly generation: number | null;
  readonly family: 'ipv4' | 'ipv6';
  readonly direction: 'incoming' | 'outgoing';
  /** Address null: bound to the wildcard. Port null: not known, but not 0. */
  readonly local: { readonly address: string | null; readonly port: number | null };
  readonly remote: { readonly address: string; readonly port: number } | null;
  readonly netns: { readonly inode: number; readonly cookie: number };
  readonly sent_bytes: number;
  readonly received_bytes: number;
  /** UDP: exact. TCP: at least these, from TCP_INFO just before the close. */
  readonly sent_packets: number;
  readonly received_packets: number;
  readonly retransmits: number;
  readonly established: number;
  /** Stayed open for the whole run. */
  readonly lasting: boolean;
  /** By local: this end did it itself, and need not call it a failure. */
  readonly failure: { readonly cause: string; readonly errno: number; readonly by: 'local' | 'remote' } | null;
  readonly pid: number;
  readonly uid: number;
  readonly name: string;
  readonly sources: readonly string[];
  /** Boot clock, ns: before the first call and after the last one. */
  readonly after_ns: number;
  readonly before_ns: number;
}

/** Counters of /proc/net/snmp and snmp6 of one of the generator's namespaces, which were new when it began. */
export interface NamespaceCounters {
  readonly inode: number;
  readonly Tcp: Readonly<Record<string, number>>;
  readonly Udp: Readonly<Record<string, number>>;
  readonly Udp6: Readonly<Record<string, number>>;
}

export interface ExpectedList {
  readonly ends: readonly ExpectedEnd[];
  /** Cookies of sockets that were made and closed without a datagram. */
  readonly unused: readonly number[];
  readonly namespaces: readonly NamespaceCounters[];
}

export interface TrafficOptions {
  readonly scenario: Scenario;
  readonly connections?: number;
  readonly exchanges?: number;
  readonly lanes?: number;
  /** Connections and exchanges per second in all; unlimited by default. */
  readonly rate?: number;
  readonly seed?: number;
}

/** Compiles what has changed; quick when nothing has. */
export function buildGenerator(): void {
  execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/generator`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Runs the generator to its end. @throws Error with what it said when anything did not go as planned. */
export async function runGenerator(list: string, options: TrafficOptions): Promise<ExpectedList> {
  const values = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const generator = spawn(GENERATOR, ['--list', list, ...values], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  generator.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [status, signal] = await once(generator, 'close');
  if (status !== 0) throw new Error(`conntrail-traffic ended with ${signal ?? status}: ${errors}`);
  return readList(list);
}

export function readList(path: string): ExpectedList {
  const ends: ExpectedEnd[] = [];
  const unused: number[] = [];
  const namespaces: NamespaceCounters[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line);
    if (entry.expect === 'end') ends.push(entry);
    else if (entry.expect === 'none') unused.push(entry.cookie);
    else namespaces.push(entry);
  }
  return { ends, unused, namespaces };
}

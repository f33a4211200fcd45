/** What `observe --with dns` tells in a guest of queries that its servers and askers know (guest/dns.py): every difference is a sentence. */
import { readFileSync } from 'node:fs';
import type { ExpectStatic } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { expectClosedDns } from '../live/support/dns/observed.js';
import { type DnsLine, readDns } from '../live/support/dns/records.js';
import { sumLedger } from '../live/support/ledger.js';
import { readOutput } from '../live/support/output.js';
import type { Boot } from './guest.js';
import { expectedRefusals } from './kernels.js';
import type { DnsOutcome, Share } from './outcome.js';
import type { DnsResult, ExpectedDnsConnection, ExpectedDnsEnd } from './result.js';
import { checkVerify } from './verified.js';

/** Of differences that are shown. */
const SHOWN = 8;

/** In which all of the guest's names are. */
const DOMAIN = '.ct.test';

/** Records of connections, as far as they are looked at. */
interface NamedLine {
  readonly record: string;
  readonly state: string;
  readonly local: { readonly port: number };
  readonly remote: { readonly address: string; readonly port: number; readonly names: readonly Name[] | null } | null;
  readonly process: { readonly pid: number } | null;
}

interface Name {
  readonly name: string;
  readonly source: string;
  readonly own: boolean | null;
}

/** As far as they are looked at. */
interface StatisticsLine {
  readonly domain: string;
  readonly type: string;
  readonly transport: string;
  readonly family: string;
  readonly rcodes: Readonly<Record<string, number>>;
  readonly time_outs: number;
  readonly given_up: number;
  readonly retries: number;
}

interface Comparison {
  readonly exact: number;
  readonly of: number;
  readonly wrong: readonly string[];
}

const share = ({ exact, of }: Comparison): Share => `${exact} of ${of}`;

const expectedText = (end: ExpectedDnsEnd): string => {
  const { role, transport, family, local, remote, netns, pid, process, id, name, type } = end;
  const { outcome, rcode, truncated, answers, retries } = end;
  const ends = `${local.join(' ')} to ${remote.join(' ')} in ${netns} by ${process} ${pid}`;
  return `${role} ${transport} ${family} ${ends}: ${id} ${name} ${type} ${outcome} ${rcode} ${truncated} ${answers}, again ${retries}`;
};

const foundText = (line: DnsLine): string =>
  expectedText({
    ...line,
    local: [line.local.address, line.local.port],
    remote: [line.remote.address, line.remote.port],
    netns: line.netns.inode ?? 0,
    pid: line.process?.pid ?? 0,
    process: line.process?.name ?? '',
    name: line.question.name,
    type: line.question.type,
    answers: line.answer_count,
  });

/** Each end of each query once, and nothing else of the guest's names. */
export function compareDns(ends: readonly ExpectedDnsEnd[], lines: readonly DnsLine[]): Comparison {
  const surplus: string[] = [];
  const missing = new Set(ends.map(expectedText));
  for (const line of lines) {
    if (!line.question.name.endsWith(DOMAIN)) continue;
    const text = foundText(line);
    if (!missing.delete(text)) surplus.push(`not expected: ${text}`);
    const { latency_us: latency } = line;
    if (line.outcome === 'answered' ? latency === null || latency < 0 : latency !== null) {
      surplus.push(`took ${latency} µs: ${text}`);
    }
  }
  const wrong = [...surplus, ...[...missing].map((text) => `missing: ${text}`)];
  return { exact: ends.length - missing.size, of: ends.length, wrong };
}

/** A connection to an address that its process had just asked for has that name, as its own. */
export function compareNames(made: readonly ExpectedDnsConnection[], lines: readonly NamedLine[]): Comparison {
  const wrong = made.flatMap(({ name, address, local, remote, pid }) => {
    const own = lines.filter(
      (line) => line.process?.pid === pid && line.local.port === local && line.remote?.port === remote,
    );
    const names = own.flatMap((line) => line.remote?.names ?? []);
    const first = own.map((line) => line.remote?.names?.[0]);
    const right = first.some((told) => told?.name === name && told.source === 'dns' && told.own === true);
    const closed = own.filter(({ state }) => state === 'closed').length;
    return right && closed === 1 ? [] : [`${local} to ${address}, ${name}: ${closed} closed, ${JSON.stringify(names)}`];
  });
  return { exact: made.length - wrong.length, of: made.length, wrong };
}

/** Statistics are sums of the clients' records: by domain and kind what ended how. */
export function compareStatistics(ends: readonly ExpectedDnsEnd[], lines: readonly StatisticsLine[]): string[] {
  const sums = new Map<string, number>();
  const add = (what: string, count: number) => sums.set(what, (sums.get(what) ?? 0) + count);
  for (const { domain, type, transport, family, rcodes, time_outs: late, given_up: up, retries } of lines) {
    if (!domain.endsWith(DOMAIN)) continue;
    const key = `${transport} ${family} ${domain} ${type}`;
    for (const [rcode, count] of Object.entries(rcodes)) add(`${key} ${rcode}`, count);
    add(`${key} timed_out`, late);
    add(`${key} given up`, up);
    add(`${key} again`, retries);
  }
  for (const { role, transport, family, name, type, rcode, outcome, retries } of ends) {
    if (role !== 'client') continue;
    const key = `${transport} ${family} ${name} ${type}`;
    add(`${key} ${rcode ?? outcome}`, -1);
    add(`${key} again`, -retries);
  }
  return [...sums].filter(([, sum]) => sum !== 0).map(([what, sum]) => `${what}: ${sum} too many`);
}

function linesOf<T>(path: string, record: string): T[] {
  const begin = `{"record":"${record}",`;
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(begin)).map((line) => JSON.parse(line) as T);
}

/** One line says what the feature lacks; of DNS nothing is told, and of connections all is. */
function checkRefused(expect: ExpectStatic, { status, text, connections }: DnsResult, path: string, lack: string) {
  const said = text.split('\n').filter((line) => line.includes('dns is off'));
  expect.soft(status, `observe --with dns: ${text}`).toBe(EXIT.ok);
  expect.soft(said).toEqual([`conntrail: dns is off: This kernel refuses the DNS hooks: ${lack} [CONNTRAIL_KERNEL]`]);
  expect.soft(readDns(path)).toEqual([]);
  const lines = linesOf<NamedLine>(path, 'connection').filter(({ state }) => state === 'closed');
  const told = connections.map(
    ({ local, remote }) => lines.filter((line) => line.local.port === local && line.remote?.port === remote).length,
  );
  expect.soft(told, 'connections without dns').toEqual(connections.map(() => 1));
  checkVerify(expect, path);
  return { refused: lack };
}

export function checkDns(expect: ExpectStatic, { result, release, records }: Boot): DnsOutcome {
  const run = result.dns!;
  const lack = expectedRefusals(release).dns;
  const path = records('dns');
  if (lack !== undefined) return checkRefused(expect, run, path, lack);
  const queries = compareDns(run.ends, readDns(path));
  const names = compareNames(run.connections, linesOf<NamedLine>(path, 'connection'));
  const statistics = compareStatistics(run.ends, linesOf<StatisticsLine>(path, 'dns_statistics'));
  const { lost, causes, discards } = expectClosedDns(path);
  const refused = JSON.stringify(Object.entries(discards).filter(([, count]) => count > 0));
  const wrong = `dns: ${queries.wrong.length} ends of queries wrong; discarded ${refused}`;
  expect.soft(queries.wrong.slice(0, SHOWN), wrong).toEqual([]);
  // Where the guest is so slow that facts are not in time, connections go on without them, and say so (notes.unordered).
  const { unordered = 0 } = sumLedger(readOutput(path).ledgers, 'connections').notes;
  const untold = names.wrong.length > unordered ? names.wrong : [];
  expect.soft(untold, `dns: names of connections; ${unordered} unordered`).toEqual([]);
  expect.soft(statistics.slice(0, SHOWN), `dns: ${statistics.length} sums wrong`).toEqual([]);
  expect.soft(run.status, `dns: observe: ${run.text}`).toBe(EXIT.ok);
  expect.soft(lost, `dns: ${JSON.stringify(causes)}`).toBe(0);
  checkVerify(expect, path);
  const accounted = { ...names, exact: names.of - untold.length };
  return { queries: share(queries), names: share(accounted), lost };
}

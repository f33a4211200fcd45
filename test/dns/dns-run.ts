import { CONNECTIONS } from '../../src/connections/feature.js';
import type { Connection } from '../../src/connections/generated/connection.js';
import { DNS } from '../../src/dns/feature.js';
import type { Dns } from '../../src/dns/generated/dns.js';
import type { DnsStatistics } from '../../src/dns/generated/dns-statistics.js';
import { FEATURE, KIND } from '../../src/dns/layout.gen.js';
import { type DnsOptions, dnsOptions } from '../../src/dns/options.js';
import type { Account, Ledger } from '../../src/ledger/generated/ledger.js';
import { IdentityCheck } from '../../src/ledger/identities.js';
import { RecordCounts } from '../../src/ledger/record-counts.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { Pipeline } from '../../src/pipeline/pipeline.js';
import { type ConnFields, conn, FrameStream } from '../support/frames.js';
import { ListWriter } from '../support/list-writer.js';
import { CLIENT, type End, SERVER, type SegmentFields, segment } from './segments.js';

/** Tables that are made in no time. */
const SMALL = { maxAddresses: 1000, maxNames: 5000, maxNamedConnections: 1000, maxQueries: 1000, maxStatistics: 500 };

export const S = 1e9;
export const MS = 1e6;
const WALL = 1_700_000_000_000_000;

/** A run of the feature, with connections behind it: messages in, records out, and a ledger that closes. */
export class DnsRun {
  readonly writer = new ListWriter();
  readonly pipeline: Pipeline;
  readonly stream: FrameStream;
  #events = 0;
  #connections = 0;
  /** Boot clock, ns. */
  now = 10 * S;

  constructor(options: Partial<DnsOptions> = {}, prepared?: unknown) {
    const features = [
      { feature: DNS as Feature, options: dnsOptions.parse({ ...SMALL, ...options }), prepared },
      { feature: CONNECTIONS as Feature, options: CONNECTIONS.options.parse({}) },
    ];
    this.pipeline = new Pipeline({ host: 'test', bootId: 'b', features, clients: [this.writer.client] });
    this.stream = new FrameStream((view) => this.pipeline.push(view));
    this.tick(0);
  }

  /** Time passes, and a reader says so. */
  tick(ns: number): this {
    this.now += ns;
    this.stream.clock(this.now, WALL);
    return this;
  }

  /** What the program tells. */
  piece(fields: Partial<SegmentFields>): this {
    const payload = segment({ bootNs: this.now, local: CLIENT, remote: SERVER, ...fields });
    const isFlags = (fields.bytes ?? []).length === 0 && fields.seq !== undefined;
    this.stream.add(isFlags ? KIND.flags : KIND.segment, payload, isFlags ? 0 : 1);
    if (!isFlags) this.#events++;
    return this;
  }

  /** A datagram of a socket that asks: it leaves, or arrives. */
  out(bytes: Uint8Array, fields: Partial<SegmentFields> = {}): this {
    return this.piece({ bytes, source: 'cgroup_out', ...fields });
  }

  in(bytes: Uint8Array, fields: Partial<SegmentFields> = {}): this {
    return this.piece({ bytes, source: 'cgroup_in', ...fields });
  }

  /** The same at a server's socket. */
  asked(bytes: Uint8Array, from: End = CLIENT): this {
    return this.in(bytes, { local: SERVER, remote: from, cookie: 78n });
  }

  answers(bytes: Uint8Array, to: End = CLIENT): this {
    return this.out(bytes, { local: SERVER, remote: to, cookie: 78n });
  }

  /** A TCP connection to an address that began so long ago and ends now; its record. */
  connect(address: string, { agoNs = 0, ...fields }: ConnFields & { agoNs?: number } = {}): Connection {
    const start = this.now - agoNs;
    const ends = { start_ns: start, end_ns: this.now, remote_address: address.split('.').map(Number) };
    this.stream.single(0, conn({ cookie: 1000 + this.#connections++, ...ends, ...fields }));
    return this.writer.connections.at(-1)!;
  }

  /** Names of an address, as a connection that begins now is told. */
  namesOf(address: string, fields: ConnFields & { agoNs?: number } = {}): string[] {
    return (this.connect(address, fields).remote?.names ?? []).map(({ name }) => name);
  }

  get records(): Dns[] {
    return this.writer.others.filter(({ record }) => record === 'dns') as unknown as Dns[];
  }

  get statistics(): DnsStatistics[] {
    return this.writer.others.filter(({ record }) => record === 'dns_statistics') as unknown as DnsStatistics[];
  }

  get stage(): Record<string, unknown> {
    return this.pipeline.statistics.features.dns!.stage as Record<string, unknown>;
  }

  /** An interval ends. */
  flush(final = false): Ledger {
    const counts = { attempted: this.#events, emitted: this.#events, read: this.#events, enqueued: this.#events };
    this.stream.account({ feature: FEATURE, ...counts, final: final ? 1 : 0 });
    const closed = this.#connections;
    const own = { attempted: closed, emitted: closed, read: closed, enqueued: closed };
    this.stream.account({ ...own, final: final ? 1 : 0 });
    this.stream.flush(this.now, { final });
    return this.writer.ledgers.at(-1)!;
  }

  /** Ends the run; its row of the ledger, which closes. */
  end(): Account {
    this.flush(true);
    const check = new IdentityCheck();
    const records = this.records;
    let first = 1;
    for (const ledger of this.writer.ledgers) {
      const found = new RecordCounts();
      const last = ledger.accounts[0]!.series.find(({ record }) => record === 'dns')?.last_seq ?? first - 1;
      const own = records.slice(first - 1, last);
      found.add(
        'dns',
        own.length,
        own.reduce((sum, { messages }) => sum + messages, 0),
      );
      const told = ledger.accounts[0]!.series.find(({ record }) => record === 'dns_statistics');
      if (told?.last_seq != null) found.add('dns_statistics', told.last_seq - told.first_seq! + 1, 0);
      const closed = ledger.accounts[1]!.series[0];
      if (closed?.last_seq != null)
        found.add('connection', closed.last_seq - closed.first_seq! + 1, ledger.accounts[1]!.given);
      check.ledger(ledger, found);
      first = last + 1;
    }
    const faults = check.end(new RecordCounts());
    if (faults.length > 0) throw new Error(`the ledger does not close: ${faults.join('; ')}`);
    return this.writer.ledgers.at(-1)!.accounts[0]!;
  }
}

/** What was discarded, without the causes that were not. */
export function discarded(row: Account): Record<string, number> {
  return Object.fromEntries(Object.entries(row.discarded).filter(([, units]) => units > 0));
}

import { CONNECTIONS } from '../../../src/connections/feature.js';
import type { ConnectionFilter } from '../../../src/connections/filter.js';
import type { AddressName, Connection } from '../../../src/connections/generated/connection.js';
import { DNS } from '../../../src/dns/feature.js';
import { KIND } from '../../../src/dns/layout.gen.js';
import { hashKeys } from '../../../src/dns/message/hash-keys.js';
import { NameTable } from '../../../src/dns/message/name-table.js';
import { AddressNames, type NameOptions } from '../../../src/dns/names/address-names.js';
import { wireHash } from '../../../src/dns/names/wire-hash.js';
import { dnsOptions } from '../../../src/dns/options.js';
import { wireName } from '../../../src/dns/source/wire-name.js';
import type { Client } from '../../../src/pipeline/client.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import { Pipeline } from '../../../src/pipeline/pipeline.js';
import { FrameStream } from '../../support/frames.js';
import { ListWriter } from '../../support/list-writer.js';

export const S = 1e9;
export const WALL = 1_700_000_000_000_000;
export const V4 = 2;
export const NETNS = 1;
const keys = hashKeys();

export interface JoinedOptions extends Partial<NameOptions> {
  readonly filter?: ConnectionFilter;
  readonly clients?: readonly Client[];
  readonly privacy?: (text: string) => string;
}

export const bytesOf = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);

/** Connections in a pipeline with nothing of DNS but the names of addresses. */
export class Joined {
  readonly writer = new ListWriter();
  readonly stream: FrameStream;
  readonly pipeline: Pipeline;
  readonly table: NameTable;
  names!: AddressNames;

  constructor({ filter, clients = [], privacy, ...options }: JoinedOptions = {}) {
    this.table = new NameTable({ maxNames: 100_000, maxBytes: 10_000_000, privacy });
    const feature: Feature = {
      ...(DNS as Feature),
      records: [],
      stage: ({ clock }) => {
        const names = new AddressNames(this.table, keys, clock, { ...dnsOptions.parse({}), ...options });
        this.names = names;
        return {
          inputs: [[KIND.hosts, { next: (frame) => names.hosts(frame) }]],
          joins: names.joins,
          statistics: {},
          attach: () => {},
          detach: () => {},
          clock: () => names.clock(),
          flush: () => names.flush(this.#nowNs),
          close: () => {},
        };
      },
    };
    const connections = { feature: CONNECTIONS as Feature, options: { ...CONNECTIONS.options.parse({}), filter } };
    this.pipeline = new Pipeline({
      host: 'test',
      bootId: 'b',
      features: [{ feature, options: {} }, connections],
      clients: [this.writer.client, ...clients],
    });
    this.stream = new FrameStream((view) => this.pipeline.push(view));
    this.clock(1);
  }

  #nowNs = 0;

  clock(s: number): void {
    this.#nowNs = s * S;
    this.stream.clock(s * S, WALL);
  }

  flush(s: number): void {
    this.clock(s);
    this.stream.flush(s * S);
  }

  /** An answer with one address. */
  learn(name: string, atS: number, { address = '192.0.2.1', netns = NETNS, ttl = 60, pid = 0 } = {}): void {
    const wire = wireName(name)!;
    const handle = this.table.intern(wire, 0, wire.length, wireHash(keys, wire, 0, wire.length));
    this.names.learner.learn(netns, 0, bytesOf(address), 0, V4, handle, ttl, Math.round(atS * S), pid);
    // The stage is done with it: whoever wants it holds it.
    this.table.release(handle);
  }

  get last(): Connection {
    return this.writer.connections.at(-1)!;
  }

  get remoteNames(): AddressName[] | null {
    return this.last.remote!.names;
  }
}

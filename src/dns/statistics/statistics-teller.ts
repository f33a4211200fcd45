import type { RecordIdentity } from '../../encoding/record-identity.js';
import { MAX_CLIENTS } from '../../pipeline/client.js';
import type { ClientPorts } from '../../pipeline/client-ports.js';
import type { RecordPort } from '../../pipeline/record-writer.js';
import type { DnsStatisticsSource } from '../dns-statistics-source.js';
import { DNS_STATISTICS } from '../generated/dns-statistics-type.js';
import { SEGMENT } from '../layout.gen.js';
import { MAX_NAME_TEXT } from '../message/limits.js';
import type { NameTable } from '../message/name-table.js';
import { putType } from '../records/put-text.js';
import { RCODE_SYMBOLS } from '../records/rcode-symbols.js';
import { describe, latencySource } from './quantiles.js';
import type { StatisticsTable } from './statistics-table.js';

const RCODES = RCODE_SYMBOLS.length;
/** Room for a type behind the name. */
const TYPE_BYTES = 16;

/** Tells rows of statistics as dns_statistics records to all clients. */
export class StatisticsTeller {
  readonly #names: NameTable;
  readonly #source: DnsStatisticsSource;
  /** By client slot. */
  readonly #ports: (RecordPort<DnsStatisticsSource> | undefined)[] = new Array(MAX_CLIENTS).fill(undefined);

  constructor(identity: RecordIdentity, names: NameTable) {
    this.#names = names;
    const memory = new ArrayBuffer(0);
    this.#source = {
      ...identity,
      seq: 0,
      u8: new Uint8Array(memory),
      u32: new Uint32Array(memory),
      base: 0,
      wallOffsetUs: 0,
      beginUs: 0,
      endUs: 0,
      text: new Uint8Array(MAX_NAME_TEXT + TYPE_BYTES),
      nameAt: 0,
      nameLength: 0,
      typeAt: 0,
      typeLength: 0,
      rcodes: 0,
      rcodeName: new Array<string>(RCODES).fill(''),
      rcodeCount: new Float64Array(RCODES),
      success: latencySource(),
      failure: latencySource(),
      timeOuts: 0,
      givenUp: 0,
      retries: 0,
    };
  }

  attach(client: number, ports: ClientPorts): void {
    this.#ports[client] = ports.port(DNS_STATISTICS);
  }

  detach(client: number): void {
    this.#ports[client] = undefined;
  }

  /** The rows that follow are of this interval, UTC, µs. */
  begin(beginUs: number, endUs: number, wallOffsetUs: number): void {
    this.#source.beginUs = beginUs;
    this.#source.endUs = endUs;
    this.#source.wallOffsetUs = wallOffsetUs;
  }

  tell(table: StatisticsTable, row: number): void {
    const source = this.#source;
    source.u8 = table.u8;
    source.u32 = table.u32;
    source.base = row * SEGMENT.size;
    source.nameLength = this.#names.putText(source.text, 0, table.name[row]!);
    source.typeAt = source.nameLength;
    source.typeLength = putType(source.text, source.typeAt, table.type[row]!) - source.typeAt;
    source.rcodes = 0;
    for (let rcode = 0; rcode < RCODES; rcode++) {
      const count = table.rcodes[row * RCODES + rcode]!;
      if (count === 0) continue;
      source.rcodeName[source.rcodes] = RCODE_SYMBOLS[rcode]!;
      source.rcodeCount[source.rcodes++] = count;
    }
    describe(table.success, row, source.success);
    describe(table.failure, row, source.failure);
    source.timeOuts = table.timeOuts[row]!;
    source.givenUp = table.givenUp[row]!;
    source.retries = table.retries[row]!;
    for (let client = 0; client < MAX_CLIENTS; client++) this.#ports[client]?.write(source, 0);
  }
}

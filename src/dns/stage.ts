import { ConntrailError } from '../errors.js';
import type { FrameView } from '../frames/frame-view.js';
import type { ClientPorts } from '../pipeline/client-ports.js';
import { OURS } from '../pipeline/self-test-address.js';
import type { Stage, StageContext } from '../pipeline/stage.js';
import { Head, isPossibleSegment, keptOf } from './head.js';
import { KIND, SEGMENT, TCP } from './layout.gen.js';
import { hashKeys } from './message/hash-keys.js';
import { DnsMessage } from './message/message.js';
import { type NamePrivacy, NameTable } from './message/name-table.js';
import { RECENT } from './message/recent-names.js';
import { typeNumber } from './message/types.js';
import { AddressNames } from './names/address-names.js';
import { MOST_FILE_NAMES } from './names/static-names.js';
import { ALL_TYPES, type DnsOptions } from './options.js';
import { IMPOSSIBLE } from './queries/discards.js';
import { Exchange } from './queries/exchange.js';
import { QueryKey } from './queries/query-key.js';
import { QuerySlots } from './queries/query-slots.js';
import { NO_TALLY } from './queries/tally.js';
import { Assembler } from './reassembly/assembler.js';
import { MessageTexts } from './records/message-texts.js';
import { QueryTeller } from './records/query-teller.js';
import { seedOf } from './seed.js';
import { Selection } from './selection/selection.js';
import { inspect } from './self-test.js';
import { SharedTexts } from './statistics/shared-texts.js';
import { Statistics } from './statistics/statistics.js';
import { StatisticsTeller } from './statistics/statistics-teller.js';

/** Bytes of remembered names, on average: two blocks of the store. Where they are longer, fewer are remembered. */
const NAME_BYTES = 64;
/** Bytes of any other name, which has room however long it is. */
const LONGEST_NAME = 256;

/** A record for each query, statistics of what clients ask, and the names of addresses. */
export class DnsStage implements Stage {
  readonly #context: StageContext;
  readonly #names: NameTable;
  readonly #addresses: AddressNames;
  readonly #exchange: Exchange;
  readonly #assembler: Assembler;
  readonly #teller: QueryTeller;
  readonly #statistics: Statistics | null;
  readonly #statisticsTeller: StatisticsTeller;
  readonly #head = new Head();
  #impossible = 0;
  readonly inputs: Stage['inputs'];
  readonly joins: Stage['joins'];

  constructor(context: StageContext, options: DnsOptions) {
    const { row, identity } = context;
    const { ports, timeout, maxQueries, maxStatistics, records, types } = options;
    const seed = seedOf(identity);
    const bytes = new Uint8Array(seed.buffer);
    const privacy = context.prepared as NamePrivacy | undefined;
    // Whoever leaves `prepare` out must not get in full what was to be hidden.
    if (options.names !== 'full' && privacy === undefined)
      throw new ConntrailError(
        'CONNTRAIL_OPTION',
        `Prepare the feature dns first: names are to be told as ${options.names}.`,
      );
    const isPrivate = privacy !== undefined;
    // Names of queries, of statistics that are counted and told, of shared and of recent texts, of files.
    const others =
      maxQueries +
      1 +
      (records === 'dns' ? 0 : 2 * maxStatistics) +
      (isPrivate ? maxStatistics + RECENT : 0) +
      (options.hosts || options.hostsFile !== undefined ? MOST_FILE_NAMES : 0);
    const maxNames = options.maxNames + others;
    const names = new NameTable({
      maxNames,
      maxBytes: options.maxNames * NAME_BYTES + others * LONGEST_NAME,
      privacy,
    });
    const slots = new QuerySlots(maxQueries);
    const keys = hashKeys(bytes);
    const message = new DnsMessage(keys);
    this.#context = context;
    this.#names = names;
    this.#addresses = new AddressNames(names, keys, context.clock, options);
    this.joins = this.#addresses.joins;
    this.#teller = new QueryTeller(
      context,
      slots,
      names,
      new MessageTexts(isPrivate ? names : undefined),
      new Selection(options),
    );
    this.#statisticsTeller = new StatisticsTeller(identity, names);
    const shared = isPrivate ? new SharedTexts(names, maxStatistics) : null;
    this.#statistics =
      records === 'dns'
        ? null
        : new Statistics(context, slots, names, shared, this.#statisticsTeller, { ...options, seed: seed[1]! });
    this.#exchange = new Exchange(
      {
        row,
        message,
        names,
        slots,
        teller: this.#teller,
        learner: this.#addresses.learner,
        tally: this.#statistics ?? NO_TALLY,
      },
      {
        ports,
        timeout,
        types: types.includes(ALL_TYPES) ? null : new Set(types.map((name) => typeNumber(name)!)),
        tells: records !== 'statistics',
        seed: seed[2]!,
      },
    );
    this.#assembler = new Assembler(row, this.#exchange, new QueryKey(seed[3]!), options);
    this.inputs = [
      [KIND.segment, { next: (frame) => this.#segment(frame) }],
      [KIND.flags, { next: (frame) => this.#flags(frame) }],
      [KIND.hosts, { next: (frame) => this.#hosts(frame) }],
    ];
  }

  get statistics() {
    return {
      impossible: this.#impossible,
      /** Queries that wait, and those that made room unanswered. */
      open: this.#exchange.open,
      displaced: this.#exchange.displaced,
      /** Messages that are none, by what is wrong with them. */
      rejected: this.#exchange.rejected,
      names: this.#names.counts,
      /** What is known of addresses, and what became of it. */
      addresses: this.#addresses.statistics,
      /** Directions of TCP connections, blocks of bytes that they hold, holes that stayed, and streams that made room. */
      streams: this.#assembler.streams,
      blocks: this.#assembler.blocks,
      holes: this.#assembler.holes,
      evicted: this.#assembler.evicted,
      /** Statistics of this interval, and queries that found no room in them. */
      statistics: this.#statistics?.rows ?? 0,
      dropped: this.#statistics?.dropped ?? 0,
    };
  }

  attach(slot: number, ports: ClientPorts): void {
    this.#teller.attach(slot, ports);
    this.#statisticsTeller.attach(slot, ports);
  }

  detach(slot: number): void {
    this.#teller.detach(slot);
    this.#statisticsTeller.detach(slot);
  }

  clock(): void {
    const { nowNs } = this.#context.clock;
    this.#assembler.clock(nowNs);
    this.#exchange.expire(nowNs);
    this.#statistics?.clock();
    this.#addresses.clock();
  }

  flush(deltas: boolean, final: boolean): void {
    if (final) {
      this.#assembler.finish();
      this.#exchange.finish();
    }
    if (deltas || final) this.#statistics?.flush();
    this.#addresses.flush(this.#context.clock.nowNs);
  }

  proceed(): boolean {
    return this.#statistics?.proceed() ?? false;
  }

  close(): void {}

  #segment({ u8, u32, start, length, fresh }: FrameView): void {
    // What came before: each piece is told once.
    if (fresh === 0) return;
    if (!isPossibleSegment(u8, u32, start, length)) {
      this.#context.row.discard(IMPOSSIBLE, fresh);
      return;
    }
    if (u8[start + SEGMENT.protocol] === TCP) {
      this.#assembler.take(u8, u32, start, fresh);
      return;
    }
    if (this.#isOurs(u8, u32, start, fresh)) return;
    const kept = keptOf(u32, start);
    const isCut = kept < u32[(start + SEGMENT.wire_length) >>> 2]!;
    this.#head.take(u32, start);
    this.#exchange.take(this.#head, u8, start + SEGMENT.bytes, kept, isCut, fresh, 0);
  }

  /** Of a self-test or a canary, which are nobody's messages. */
  #isOurs(u8: Uint8Array, u32: Uint32Array, start: number, fresh: number): boolean {
    const { row, proofs } = this.#context;
    const ours = inspect(u8, u32, start, proofs);
    if (ours === OURS.selfTest) row.selfTest += fresh;
    if (ours === OURS.canary) row.canary += fresh;
    return ours !== OURS.no;
  }

  #flags({ u8, u32, start, length }: FrameView): void {
    if (isPossibleSegment(u8, u32, start, length) && keptOf(u32, start) === 0 && u8[start + SEGMENT.protocol] === TCP)
      this.#assembler.take(u8, u32, start, 0);
    else this.#impossible++;
  }

  #hosts(frame: FrameView): void {
    if (!this.#addresses.hosts(frame)) this.#impossible++;
  }
}

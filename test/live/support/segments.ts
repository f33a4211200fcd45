/** What the programs of DNS tell, without the stage that understands it. */
import type * as hooks from '../../../src/dns/hooks.js';
import { KIND, SEGMENT } from '../../../src/dns/layout.gen.js';
import type * as liveHalf from '../../../src/dns/live.js';
import { type DnsOptions, dnsOptions } from '../../../src/dns/options.js';
import type { FrameView } from '../../../src/frames/frame-view.js';
import { ACCOUNT, CORE_KIND } from '../../../src/frames/layout.gen.js';
import type * as loader from '../../../src/kernel/load-features.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import type { RungName } from '../../../src/pipeline/hooks.js';
import type * as pools from '../../../src/workers/reader-pool.js';
import type * as reading from '../../../src/workers/readers.js';
import { CHECKOUT } from './checkout.js';

/** As it was built: its threads are JavaScript. */
const built = async <T>(module: string): Promise<T> => (await import(`${CHECKOUT}dist/${module}.js`)) as T;

/** A `struct ct_dns_segment`. */
export type Segment = Record<Exclude<keyof typeof SEGMENT, 'size' | 'event' | 'reserved'>, number> & {
  flagsOnly: boolean;
  fresh: number;
  name: string;
  local: string;
  remote: string;
  payload: Buffer;
};

/** All of it but when, and on which CPU, it was seen: what two that see the same packet agree on. */
export function comparable(segment: Segment): Partial<Segment> & Record<string, unknown> {
  const { boot_ns, event, ...rest } = segment as Segment & { event: number };
  return { ...rest, kind: event & 0xffff };
}

/** Totals of the feature's row. */
export type Account = Record<'attempted' | 'emitted' | 'read' | 'enqueued' | 'dropped' | 'final', number> & {
  lost: number[];
  notes: number[];
};

/** The programs at work, and all that comes of them. */
export class Segments {
  readonly #loaded: loader.LoadedFeatures;
  readonly #readers: reading.Readers;
  readonly #pool: pools.ReaderPool;
  readonly #timer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  readonly all: Segment[] = [];
  account: Account | undefined;

  /**
   * @param given options of the feature
   * @param taken false: nobody empties the rings until the end
   * @param ringSize bytes of the shared ring
   * @param way of the group of what is seen; by default the best
   */
  static async start(
    given: Partial<DnsOptions> = {},
    taken = true,
    ringSize = 1 << 24,
    way?: RungName,
  ): Promise<Segments> {
    const { HOOKS } = await built<typeof hooks>('dns/hooks');
    const { live } = await built<typeof liveHalf>('dns/live');
    const { loadFeatures } = await built<typeof loader>('kernel/load-features');
    const { ReaderPool } = await built<typeof pools>('workers/reader-pool');
    const { Readers } = await built<typeof reading>('workers/readers');
    const wanted = HOOKS.map((group) => ({
      ...group,
      rungs: group.rungs.filter(({ rung }) => (way ?? rung) === rung),
    }));
    const groups = wanted.filter(({ rungs }) => rungs.length > 0);
    const feature = { name: 'dns', id: KIND.segment >> 8, after: [], hooks: groups } as unknown as Feature;
    const options = dnsOptions.parse({ hosts: false, ...given });
    const loaded = loadFeatures([{ feature, options, live: live as never, essential: true }], { cgroup: undefined });
    const { cpus, stop } = loaded.native;
    const readers = new Readers(loaded.features, {
      readers: 0,
      cpus,
      stop,
      ringSize,
      pendingMs: 100,
      intervalMs: 100,
    });
    const pool = new ReaderPool(readers.tasks, (error) => {
      throw error;
    });
    await pool.started();
    loaded.enable();
    return new Segments(loaded, readers, pool, taken);
  }

  private constructor(loaded: loader.LoadedFeatures, readers: reading.Readers, pool: pools.ReaderPool, taken: boolean) {
    this.#loaded = loaded;
    this.#readers = readers;
    this.#pool = pool;
    if (taken) this.#timer = setInterval(() => this.#take(), 10);
  }

  /** Descriptor of the ring that the programs write into. */
  get map(): number {
    const [source] = this.#loaded.features[0]!.sources;
    return source?.type === 'ring' ? source.map : -1;
  }

  get groups(): loader.LoadedFeatures['groups'] {
    return this.#loaded.groups;
  }

  /** Ends it, once; `all` is complete then. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#loaded.disable();
    clearInterval(this.#timer);
    const taking = setInterval(() => this.#take(), 5);
    await this.#pool.stop(() => this.#loaded.native.wakeReaders());
    clearInterval(taking);
    this.#take();
    this.#readers.close();
    this.#loaded.close();
  }

  #take(): void {
    for (const source of this.#readers.sources) {
      source.drain(Number.MAX_SAFE_INTEGER, (frame) => {
        if (frame.kind === KIND.segment || frame.kind === KIND.flags) this.all.push(segmentOf(frame));
        if (frame.kind === CORE_KIND.account) this.account = accountOf(frame);
      });
    }
  }
}

function segmentOf({ u8, start, length, kind, fresh }: FrameView): Segment {
  const bytes = Buffer.from(u8.subarray(start, start + length));
  const found: Record<string, unknown> = { flagsOnly: kind === KIND.flags, fresh };
  const wide = ['boot_ns', 'cookie', 'netns_cookie', 'cgroup_id', 'start_ns'];
  const half = ['local_port', 'remote_port', 'kept', 'vlan'];
  const byte = ['tcp_flags', 'protocol', 'family', 'source', 'owner_source'];
  for (const [name, at] of Object.entries(SEGMENT)) {
    if (wide.includes(name)) found[name] = Number(bytes.readBigUInt64LE(at));
    else if (half.includes(name)) found[name] = bytes.readUInt16LE(at);
    else if (byte.includes(name)) found[name] = bytes[at];
    else found[name] = bytes.readUInt32LE(Math.min(at, bytes.length - 4));
  }
  found.name = bytes.toString('latin1', SEGMENT.comm, SEGMENT.comm + 16).split('\0')[0];
  found.local = address(bytes, SEGMENT.local_address, found.family as number);
  found.remote = address(bytes, SEGMENT.remote_address, found.family as number);
  found.payload = bytes.subarray(SEGMENT.bytes);
  return found as Segment;
}

/** Dotted, or sixteen bytes in hexadecimal. */
function address(bytes: Buffer, at: number, family: number): string {
  return family === 2 ? [...bytes.subarray(at, at + 4)].join('.') : bytes.toString('hex', at, at + 16);
}

function accountOf({ u8, start }: FrameView): Account {
  const view = Buffer.from(u8.subarray(start, start + ACCOUNT.size));
  const number = (at: number): number => Number(view.readBigUInt64LE(at));
  const numbers = (at: number, count: number): number[] => Array.from({ length: count }, (_, i) => number(at + 8 * i));
  return {
    attempted: number(ACCOUNT.attempted),
    emitted: number(ACCOUNT.emitted),
    read: number(ACCOUNT.read),
    enqueued: number(ACCOUNT.enqueued),
    dropped: number(ACCOUNT.dropped),
    final: view.readUInt16LE(ACCOUNT.final),
    lost: numbers(ACCOUNT.lost, 3),
    notes: numbers(ACCOUNT.notes, 9),
  };
}

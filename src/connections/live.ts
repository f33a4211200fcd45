import { addon } from '../kernel/addon.js';
import { udpTimeouts } from '../kernel/udp-timeouts.js';
import type { Handles } from '../native/index.js';
import type { LiveFeature, LoadedGroups, LoadHost, LoadSettings } from '../pipeline/live-feature.js';
import type { ConnectionOptions } from './options.js';

export interface ConnectionsSettings extends LoadSettings {
  readonly transport: 'ring' | 'perf';
  /** Bytes: per CPU for perf, in all for the ring; a power of two ≥ one page. */
  readonly kernelBuffer: number;
}

/** Bytes per CPU (perf) and in all (ring): a second of closes at 20,000/s and more. */
const DEFAULT_BUFFER = { perf: 1 << 20, ring: 8 << 20 } as const;

/** From this part of the ring on the reader is woken before its timer. */
const HIGH_WATER = 1 / 4;

/** What shows open conversations, in the order in which the reader reads it: an iterator, or a walk that stands in for it. */
const SHOWN = [
  { iterator: 'snapshot_tcp', walk: 'walk_tcp' },
  { iterator: 'snapshot_tcp_overflow', walk: 'walk_tcp_overflow' },
  { iterator: 'snapshot_udp', walk: 'snapshot_udp_files' },
  { iterator: 'snapshot_udp_flows', walk: 'walk_udp_flows' },
] as const;

/** The program that asks for cookies when a socket is made. */
const DRAWS_COOKIES = 'cookie_created';

/** The program whose misses its twin makes up for. */
const FIRST = 'tcp_set_state';

/** The programs of single sends and receives; and the last ones of those that make up for them. */
const IO = ['io_send', 'io_recv'];
const IO_LAST = /^io_.*_last$/;

/** Since 7.0 a tracepoint's programs run in an SRCU-fast read section, with preemption on: one task's run of a program keeps another's out. */
export function runsTracepointsPreemptibly(kernel: string): boolean {
  return Number.parseInt(kernel, 10) >= 7;
}

/** The live half of the connections. */
export const CONNECTIONS_LIVE: LiveFeature<ConnectionOptions, ConnectionsSettings> = {
  settings(options, host) {
    const transports = options.transport === 'auto' ? (['ring', 'perf'] as const) : [options.transport];
    return transports.map((transport) => settingsOf(transport, options, host));
  },

  sources(loaded, { udpFlows }) {
    const { transport, kernelBuffer } = loaded.settings;
    return [{ type: 'connections', handles: handlesOf(loaded, udpFlows), transport, kernelBuffer }];
  },

  switch(loaded, { udpTimeoutMs }) {
    const { batches, control, programs, ioPrograms } = handlesOf(loaded, 0);
    const { ConnectionSwitch } = addon();
    const { cpus } = loaded.host;
    const native = new ConnectionSwitch({
      batches,
      control,
      cpus,
      programs,
      ioPrograms,
      ...udpTimeouts(udpTimeoutMs),
    });
    return {
      on() {
        native.on();
        // Before Linux 5.12 a namespace has no cookie until a program asks for it: of those where nobody makes a socket any more too.
        if (loaded.program(DRAWS_COOKIES) >= 0) addon().visitNamespaces();
        // After that: what opens meanwhile is seen by the hooks.
        loaded.runIterator('seed_sockets');
      },
      off: () => native.off(),
    };
  },
};

function settingsOf(
  transport: 'ring' | 'perf',
  options: ConnectionOptions,
  { cpus, kernel, readsMemory }: LoadHost,
): ConnectionsSettings {
  // Both buffers of the kernel are powers of two.
  const kernelBuffer = 2 ** Math.ceil(Math.log2(options.kernelBuffer ?? DEFAULT_BUFFER[transport]));
  const ioTurns = runsTracepointsPreemptibly(kernel);
  const asks = Object.entries({ exactUdp: options.exactUdp, failedConnects: options.failedConnects, ioTurns })
    .filter(([, asked]) => asked)
    .map(([name]) => name);
  return {
    name: transport,
    transport,
    kernelBuffer,
    maps: {
      batches: cpus,
      events_perf: cpus,
      ...(transport === 'ring' ? { events_ring: kernelBuffer } : {}),
      udp_flows: options.udpFlows,
      ...(options.failedConnects ? {} : { tcp_attempts: 1 }),
    },
    knobs: {
      ct_use_perf: transport === 'perf' ? 1 : 0,
      ct_high_water: Math.floor(kernelBuffer * HIGH_WATER),
      ct_attempts: options.failedConnects ? 1 : 0,
      ct_io_all: ioTurns ? 1 : 0,
      ct_may_read: readsMemory ? 1 : 0,
    },
    asks: new Set(asks),
  };
}

function handlesOf(loaded: LoadedGroups<ConnectionsSettings>, udpFlows: number): Handles {
  const iterators = SHOWN.map(({ iterator }) => loaded.link(iterator));
  // What stands in is an iterator as well, or a program to be run.
  const instead = (i: number): number => (iterators[i]! < 0 ? loaded.link(SHOWN[i]!.walk) : iterators[i]!);
  const hooks = [...loaded.hooks].sort((a, b) => Number(b === FIRST) - Number(a === FIRST));
  const last = hooks.filter((name) => IO_LAST.test(name));
  const descriptors = (names: readonly string[]): number[] => names.map((name) => loaded.program(name));
  return {
    batches: loaded.map('batches'),
    control: loaded.map('control'),
    ring: loaded.map('events_ring'),
    perf: loaded.map('events_perf'),
    iterators: SHOWN.map((_, i) => instead(i)),
    walks: SHOWN.map(({ walk }, i) => (iterators[i]! < 0 ? loaded.program(walk) : -1)),
    walkRows: loaded.map('walk_rows'),
    expiry: loaded.program('udp_expire'),
    expiryPage: loaded.map('udp_expiry'),
    udpFlows,
    programs: descriptors(hooks),
    // The last to be asked: what they miss may be a datagram that is not counted.
    ioPrograms: descriptors(last.length > 0 ? last : hooks.filter((name) => IO.includes(name))),
  };
}

import { getSystemErrorName } from 'node:util';
import { ConntrailError } from '../errors.js';
import { addon } from '../kernel/addon.js';
import type { NativePacketSockets } from '../native/index.js';
import type { LiveFeature, LoadedGroups, SourceSpec } from '../pipeline/live-feature.js';
import { CALLS, CAPTURE, PACKET_SOCKET, PACKETS } from './hooks.js';
import { KIND } from './layout.gen.js';
import type { DnsOptions } from './options.js';
import { classicFilter } from './packets/classic-filter.js';
import { hostsSources } from './source/hosts-worker.js';

/** Where `ip netns` keeps what it names. */
const NAMED = '/run/netns';

/** Its events come by the ring of payloads, or out of packet sockets; files of names are read by a worker. */
export const live: LiveFeature<DnsOptions> = {
  settings: ({ ports, netns }, { readsMemory }) => [
    {
      name: '',
      maps: {},
      knobs: {
        ...Object.fromEntries(ports.map((port, i) => [`ct_dns_port_${i}`, port])),
        ct_may_read: readsMemory ? 1 : 0,
      },
      asks: new Set([...(netns.length > 0 ? [PACKETS] : []), ...(readsMemory ? [] : [CALLS])]),
    },
  ],
  selfTestPort: ({ ports }) => ports[0]!,
  sources: (loaded, options) => [isClassic(loaded) ? packets(options) : ring(loaded), ...hostsSources(options)],
  switch(loaded, { netns }, sources) {
    const program = loaded.program('dns_packet');
    // Those that are read, or those that a program looks at. What has become of it, the hook group says.
    const read = sources.find((source) => source.type === 'packets');
    const sockets = read ?? (program < 0 ? null : openPacketSockets(program, netns));
    return { on() {}, off: () => sockets?.close() };
  },
};

/** Whether no program tells of packets: sockets are read. */
function isClassic({ groups }: LoadedGroups): boolean {
  return groups.some(({ name, rung }) => name === CAPTURE && rung === PACKET_SOCKET);
}

function packets({ ports, netns }: DnsOptions): SourceSpec {
  const sockets = openPacketSockets(classicFilter(ports), netns);
  return { type: 'packets', sockets: sockets.sockets(), ports, close: () => sockets.close() };
}

function ring(loaded: LoadedGroups): SourceSpec {
  return {
    type: 'ring',
    ring: 'payloads',
    map: loaded.map('payloads'),
    counters: loaded.map('dns_counters'),
    unitless: [KIND.flags],
  };
}

/**
 * @param filter descriptor of a program, or instructions of a classic filter
 * @throws ConntrailError CONNTRAIL_OPTION when a namespace cannot be entered
 */
function openPacketSockets(filter: number | Uint8Array, names: readonly string[]): NativePacketSockets {
  const { PacketSockets } = addon();
  const sockets = new PacketSockets(filter);
  for (const name of names) {
    const errno = sockets.open(name.includes('/') ? name : `${NAMED}/${name}`);
    if (errno === 0) continue;
    sockets.close();
    throw new ConntrailError('CONNTRAIL_OPTION', sentenceOf(name, getSystemErrorName(-errno)));
  }
  return sockets;
}

function sentenceOf(name: string, error: string): string {
  const what = `Packets of the network namespace ${name} cannot be seen (${error})`;
  if (error === 'ENOENT') return `${what}: there is none; \`ip netns\` lists those with names.`;
  if (error === 'EPERM') return `${what}: that takes CAP_SYS_ADMIN and CAP_NET_RAW.`;
  return `${what}: give the name or the file of a network namespace.`;
}

import type { HookGroupSpec } from '../pipeline/hooks.js';
import { GROUP } from './layout.gen.js';

/** Name of the option with the namespaces whose packets are seen. */
export const PACKETS = 'netns';

/** The group of what is seen, and its way without programs. */
export const CAPTURE = 'capture';
export const PACKET_SOCKET = 'packet_socket';

/** Name by which the programs of calls are asked for. */
export const CALLS = 'calls';

/** They cost each connect, and each datagram with an address: what leaves tells as well who sends it, where the kernel may be read. */
const CALLED = Object.fromEntries(
  ['dns_connect4', 'dns_connect6', 'dns_sendmsg4', 'dns_sendmsg6'].map((program) => [program, CALLS]),
);

/** Where messages are seen, and whose they are. */
export const HOOKS: readonly HookGroupSpec[] = [
  {
    name: CAPTURE,
    id: GROUP.capture,
    title: 'DNS',
    gives:
      'every message over UDP and TCP at the sockets of this host, of all network namespaces; not DNS over TLS, HTTPS or QUIC; at devices only with netns',
    required: true,
    rungs: [
      {
        rung: 'cgroup',
        objects: [
          { object: 'dns/capture', cgroup: true },
          { object: 'dns/filter', option: PACKETS, without: 'packets of network namespaces (netns) are not seen' },
        ],
        needs: ['btf', 'cgroup_attach', 'cgroup_packets', 'ring_buffer', 'current_task'],
      },
      {
        rung: PACKET_SOCKET,
        objects: [],
        needs: [],
        option: PACKETS,
        capability: 'net_raw',
        // Its namespaces need not have a loopback device that is up, or let anything through.
        proof: 'none',
        costs: 'only what passes devices of the namespaces of netns; no processes, and no messages at sockets',
      },
    ],
    proof: 'dns',
  },
  {
    name: 'owner',
    id: GROUP.owner,
    title: 'DNS process',
    gives: 'who bound the socket that a question comes to; where lockdown forbids a look at who sends, who called',
    required: false,
    rungs: [
      {
        rung: 'cgroup',
        objects: [{ object: 'dns/asker', cgroup: true, asked: CALLED }],
        needs: ['btf', 'cgroup_attach', 'cgroup_sendmsg', 'current_task'],
      },
    ],
    // Nobody need bind or connect.
    proof: 'none',
  },
];

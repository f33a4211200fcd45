import { HOSTS, HOSTS_PART, IPV4, KIND, SEGMENT, SYN } from '../../src/dns/layout.gen.js';
import { dnsOptions } from '../../src/dns/options.js';
import { answer, CLIENT, framed, query, SERVER, segment } from '../dns/segments.js';
import type { FeatureFrames, TestPayload } from './feature-frames.js';

const OPTIONS = {
  records: 'both',
  maxQueries: 64,
  maxStatistics: 32,
  maxAddresses: 256,
  maxNames: 1000,
  maxStreams: 8,
};
const SECOND = 1_000_000_000;
const STREAM_BYTES = 1 << 17;
/** Where the first letter of the name is in a query: behind the header and its length. */
const LETTER = SEGMENT.bytes + 13;

/** /etc/hosts of one entry: host-N, and an address for it. */
function hosts(n: number, bootNs: number): Uint8Array {
  const name = new TextEncoder().encode(`host-${n}`);
  const entry = Uint8Array.of(IPV4, name.length + 2, 192, 0, 2, n, name.length, ...name, 0);
  const bytes = new Uint8Array(HOSTS.size + entry.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(HOSTS.since_ns, BigInt(bootNs), true);
  view.setUint32(HOSTS.bytes, entry.length, true);
  bytes[HOSTS.part] = HOSTS_PART.first | HOSTS_PART.last;
  bytes.set(entry, HOSTS.size);
  return bytes;
}

/** Of each pair the first is a query, the second its answer. */
function frame(kind: number, n: number): TestPayload {
  const bootNs = SECOND + 1000 * n;
  if (kind === KIND.flags) {
    const bytes = segment({ bootNs, local: { ...CLIENT, port: 1024 + n }, remote: SERVER, seq: 7 * n, flags: SYN });
    return { payload: bytes, fresh: 0 };
  }
  if (kind === KIND.hosts) return { payload: hosts(n, bootNs), fresh: 0 };
  const pair = n >>> 1;
  const question: [string, string] = [`host-${pair % 11}.example.org`, pair % 3 === 0 ? 'AAAA' : 'A'];
  const records =
    pair % 3 === 0 ? [] : [{ name: question[0], type: 'A', ttl: 60, data: `203.0.113.${pair % 250}` } as const];
  const bytes =
    n % 2 === 0 ? query(pair, question) : answer(pair, question, records, { rcode: pair % 5 === 4 ? 3 : 0 });
  const source = n % 2 === 0 ? 'cgroup_out' : 'cgroup_in';
  const ends = { local: { ...CLIENT, port: 1024 + pair }, remote: SERVER };
  // Some over TCP: each message a segment of a stream whose beginning was missed.
  const way = pair % 4 === 3 ? { bytes: framed(bytes), seq: 1000 * pair } : { bytes };
  return { payload: segment({ bootNs, ...ends, ...way, source, pid: 100 + pair, comm: `p${pair % 7}` }), fresh: 1 };
}

export const frames: FeatureFrames = {
  options: { ...OPTIONS, maxStreamBytes: STREAM_BYTES },
  recorded: dnsOptions.parse({ ...OPTIONS, maxStreamBytes: STREAM_BYTES }),
  order: [KIND.hosts, KIND.segment, KIND.flags],
  frame,
  // Queries that are never answered, each with a name of its own.
  flood: {
    kind: KIND.segment,
    renew: (view, n) => {
      view.setUint16(SEGMENT.local_port, n & 0xffff, true);
      view.setUint16(SEGMENT.bytes, n >>> 4);
      for (let i = 0; i < 4; i++) view.setUint8(LETTER + i, 0x61 + ((n >>> (4 * i)) & 15));
      view.setUint8(LETTER + 5, 0x61 + ((n >>> 16) & 15));
    },
  },
  most: {
    open: OPTIONS.maxQueries,
    statistics: OPTIONS.maxStatistics,
    streams: OPTIONS.maxStreams,
    blocks: STREAM_BYTES / 4096,
  },
};

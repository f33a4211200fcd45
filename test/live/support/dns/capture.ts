/** Wireshark's programs: what went over the loopback of a world, and what tshark reads in it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { toolEnvironment } from './tools.js';
import { endOf, type World } from './world.js';

/** A message as tshark reads it. */
export interface Dissected {
  readonly time_us: number;
  readonly transport: 'udp' | 'tcp';
  readonly response: boolean;
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly rcode: number | null;
  readonly truncated: boolean;
  /** Of the answer section. */
  readonly addresses: readonly string[];
  readonly source: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const FIELDS = [
  'frame.time_epoch',
  'ip.proto',
  'ipv6.nxt',
  'dns.flags.response',
  'dns.id',
  'dns.qry.name',
  'dns.qry.type',
  'dns.flags.rcode',
  'dns.flags.truncated',
  'dns.count.answers',
  'dns.resp.type',
  'dns.a',
  'dns.aaaa',
  'ip.src',
  'ipv6.src',
  'udp.srcport',
  'tcp.srcport',
  'udp.dstport',
  'tcp.dstport',
] as const;

/** What the last packet of a capture holds, as a datagram to the port of discard. */
const LAST = 'conntrail-last-packet';

/** Captures what passes while `body` runs. @returns path of the capture */
export async function captured(world: World, file: string, body: () => Promise<void>): Promise<string> {
  const child = world.spawn('dumpcap', ['-q', '-i', 'lo', '-B', '64', '-w', file], ['ignore', 'ignore', 'pipe']);
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  while (!/^File: /m.test(said)) {
    if (child.exitCode !== null) throw new Error(`dumpcap does not start: ${said}`);
    await Promise.race([once(child.stderr!, 'data'), once(child, 'close')]);
  }
  await body();
  // Packets wait in a buffer: with the last of them in the file, all others are.
  await world.run('bash', ['-c', `printf %s ${LAST} >/dev/udp/127.0.0.1/9`]);
  while (!readFileSync(file).includes(LAST)) await sleep(50);
  await endOf(child);
  const [, dropped] = /dropped on interface[^:]*: \d+\/(\d+)/.exec(said) ?? [];
  if (dropped !== undefined && dropped !== '0') throw new Error(`dumpcap dropped ${dropped} packets`);
  return file;
}

/** Every DNS message in a capture. @param ports besides 53 */
export async function dissect(file: string, ports: readonly number[] = []): Promise<Dissected[]> {
  const decode = ports.flatMap((port) => ['-d', `udp.port==${port},dns`, '-d', `tcp.port==${port},dns`]);
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=,', '-E', 'occurrence=a'];
  const child = spawn('tshark', ['-n', '-r', file, '-Y', 'dns', ...decode, ...format, ...fields], {
    env: toolEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const chunk of child.stdout!.setEncoding('utf8')) text += chunk;
  return text.split('\n').filter(Boolean).map(message);
}

function message(line: string): Dissected {
  const values = new Map(line.split('\t').map((value, i) => [FIELDS[i]!, value]));
  const text = (field: (typeof FIELDS)[number]) => values.get(field) ?? '';
  const either = (a: (typeof FIELDS)[number], b: (typeof FIELDS)[number]) => text(a) || text(b);
  const list = (field: (typeof FIELDS)[number]) => text(field).split(',').filter(Boolean);
  // All sections in one list, the answer section first.
  const types = list('dns.resp.type').slice(0, Number(text('dns.count.answers')));
  const answers = (type: string) => types.filter((each) => each === type).length;
  const isTrue = (value: string) => value === '1' || value === 'True';
  return {
    time_us: Math.round(Number(text('frame.time_epoch')) * 1e6),
    transport: either('ip.proto', 'ipv6.nxt') === '6' ? 'tcp' : 'udp',
    response: isTrue(text('dns.flags.response')),
    id: Number(text('dns.id')),
    name: text('dns.qry.name'),
    type: Number(text('dns.qry.type')),
    rcode: text('dns.flags.rcode') === '' ? null : Number(text('dns.flags.rcode')),
    truncated: isTrue(text('dns.flags.truncated')),
    addresses: [...list('dns.a').slice(0, answers('1')), ...list('dns.aaaa').slice(0, answers('28'))],
    source: either('ip.src', 'ipv6.src'),
    sourcePort: Number(either('udp.srcport', 'tcp.srcport')),
    destinationPort: Number(either('udp.dstport', 'tcp.dstport')),
  };
}

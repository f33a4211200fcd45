/** What the filter of DNS tells of packets at devices: of every kind that there is, and of those of which there is nothing to tell. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NO_VLAN, NOTE, SOURCE } from '../../src/dns/layout.gen.js';
import { ADDON_PATH } from '../../src/native/index.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT } from './support/checkout.js';
import { comparable, type Segment, Segments } from './support/segments.js';

const PORT = 35_354;
const { EINVAL, ENOENT } = constants.errno;
const [WATCHED, OTHER] = [`ct-dns-${process.pid}-a`, `ct-dns-${process.pid}-b`];
/** Devices of VLANs: the tag of one is kept beside the packet, the other one's is put into it. */
const [ASIDE, INSIDE] = [100, 101];
let vlans: readonly number[] = [];

const lacks = lacksLive() ?? lacksCommand('python3') ?? lacksCommand('ip') ?? lacksCommand('ethtool');
const ip = (...args: string[]): void => void execFileSync('ip', args);
const inside = (name: string, ...args: string[]): void => ip('netns', 'exec', name, ...args);

/** Packet sockets of this namespace, whoever has them; not how many references each has just now. */
const packetSockets = (): string[] =>
  readFileSync('/proc/self/net/packet', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).at(-1)!);

let segments: Segments;
/** Those that were there before. */
let others: readonly string[];
let packets: Segment[];
/** The same packets where no program may be loaded. */
let classic: Segments;

beforeAll(async () => {
  if (lacks !== null) return;
  for (const name of [WATCHED, OTHER]) ip('netns', 'add', name);
  ip('-n', WATCHED, 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb', 'netns', OTHER);
  for (const [name, device, host] of [
    [WATCHED, 'va', 1],
    [OTHER, 'vb', 2],
  ] as const) {
    inside(name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', device, 'up');
    ip('-n', name, 'address', 'add', `10.99.0.${host}/24`, 'dev', device);
  }
  vlans = [ASIDE, INSIDE].filter(addVlan);
  const options = { ports: [PORT], netns: [WATCHED, `/run/netns/${WATCHED}`] };
  others = packetSockets();
  segments = await Segments.start(options);
  classic = await Segments.start(options, true, undefined, 'packet_socket');
  try {
    const script = `${CHECKOUT}test/live/traffic/dns_packets.py`;
    execFileSync('python3', [script, String(PORT), WATCHED, OTHER, ...vlans.map(String)]);
  } finally {
    await segments.stop();
    await classic.stop();
  }
  packets = segments.all.filter(({ source }) => source >= SOURCE.packet_in);
});

/** Whether there are VLANs in this kernel. */
function addVlan(id: number): boolean {
  const device = `va.${id}`;
  try {
    // Without reorder_hdr the header of frames has the tag.
    const order = ['reorder_hdr', id === INSIDE ? 'off' : 'on'];
    const link = ['link', 'add', 'link', 'va', 'name', device, 'type', 'vlan', 'id', String(id), ...order];
    execFileSync('ip', ['-n', WATCHED, ...link], { stdio: 'ignore' });
  } catch {
    return false;
  }
  ip('-n', WATCHED, 'address', 'add', `10.99.${id}.1/24`, 'dev', device);
  ip('-n', WATCHED, 'link', 'set', device, 'up');
  ip('-n', WATCHED, 'neighbour', 'add', `10.99.${id}.2`, 'lladdr', '02:00:00:00:00:02', 'dev', device);
  return true;
}

afterAll(() => {
  if (lacks !== null) return;
  for (const name of [WATCHED, OTHER]) ip('netns', 'delete', name);
});

const textOf = ({ payload }: Segment): string => payload.toString();
const of = (text: string): Segment[] => packets.filter((each) => textOf(each) === text);

test('each packet is told once at each device, by its length and not by that of its frame', (context) => {
  need(context, 'live', lacks);
  const arrived = packets.filter(({ source, flagsOnly }) => source === SOURCE.packet_in && !flagsOnly);
  expect(arrived.map(textOf)).toEqual([
    'plain',
    'with options',
    'one tag',
    // At the device of its VLAN, too.
    ...(vlans.length > 0 ? ['one tag'] : []),
    'two tags',
    'six, two tags',
    'six',
    'extended',
    'atomic',
    'of eight',
    'of a thousand...',
    'by all',
    'tcp',
    'end',
    'stays here',
  ]);
  const inode = statSync(`/run/netns/${WATCHED}`).ino;
  for (const each of packets) {
    expect(each).toMatchObject({ netns_inode: inode, owner_source: 0, pid: 0, cookie: 0 });
    expect(each.ifindex).toBeGreaterThan(0);
    expect(each.netns_cookie).toBeGreaterThan(1);
  }
});

test('local is the destination of what arrives, and the source of what leaves or is for others', (context) => {
  need(context, 'live', lacks);
  const ends = (text: string) =>
    of(text).map(({ source, local, local_port, remote, remote_port }) => [
      source,
      local,
      local_port,
      remote,
      remote_port,
    ]);
  const [a, b] = ['10.99.0.1', '10.99.0.2'];
  expect(ends('plain')).toEqual([[SOURCE.packet_in, a, PORT, b, 4444]]);
  expect(ends('by all')).toEqual([[SOURCE.packet_in, a, PORT, b, 4444]]);
  expect(ends('for others')).toEqual([[SOURCE.packet_other, b, 4444, a, PORT]]);
  expect(ends('leaves')).toEqual([[SOURCE.packet_out, a, expect.any(Number), b, PORT]]);
  expect(ends('stays here')).toMatchObject([[SOURCE.packet_in, '127.0.0.1', PORT, '127.0.0.1', expect.any(Number)]]);
  const six = ['fd990000000000000000000000000001', 'fd990000000000000000000000000002'];
  for (const text of ['six', 'extended', 'atomic', 'six, two tags']) {
    expect(ends(text), text).toEqual([[SOURCE.packet_in, six[0], PORT, six[1], 4444]]);
  }
});

test('the outermost tag is told, wherever it is', (context) => {
  need(context, 'live', lacks);
  const tags = (text: string): number[] => of(text).map(({ vlan }) => vlan);
  expect(tags('plain')).toEqual([NO_VLAN]);
  expect(tags('one tag')[0]).toBe(0x2064);
  expect(tags('leaves with tags')).toEqual([9]);
  expect(tags('two tags')).toEqual([5]);
  expect(tags('six, two tags')).toEqual([6]);
  if (vlans.length === 0) console.log('this kernel has no VLAN devices');
  for (const id of vlans) {
    const text = `leaves by ${id}`;
    expect(of(text).every(({ source }) => source === SOURCE.packet_out)).toBe(true);
    expect(
      tags(text).sort((x, y) => x - y),
      text,
    ).toEqual([id, id === INSIDE ? id : NO_VLAN]);
  }
});

test('a first fragment is cut; later ones, and those beyond what is walked, are counted', (context) => {
  need(context, 'live', lacks);
  expect(of('of eight')).toMatchObject([{ wire_length: 1000, kept: 8 }]);
  expect(of('of a thousand...')).toMatchObject([{ wire_length: 1000, kept: 16 }]);
  expect(of('plain')).toMatchObject([{ wire_length: 5, kept: 5 }]);
  const { notes } = segments.account!;
  expect(notes[NOTE.fragments]).toBe(2);
  // Nine extension headers, a header of four words, a length of three bytes.
  expect(notes[NOTE.unwalked]).toBe(3);
});

test('TCP: bytes, and SYN alone', (context) => {
  need(context, 'live', lacks);
  const tcp = packets.filter(({ protocol }) => protocol === 6);
  expect(tcp.map(({ tcp_flags, tcp_seq, kept, fresh }) => [tcp_flags, tcp_seq, kept, fresh])).toEqual([
    [2, 1001, 0, 0],
    [0x18, 1001, 3, 1],
    [0x11, 1004, 3, 1],
  ]);
});

test('nothing else, and nothing that the sockets would keep', (context) => {
  need(context, 'live', lacks);
  expect(packets.map(textOf).filter((text) => /elsewhere|too many|broken|shorter/.test(text))).toEqual([]);
  expect(packetSockets()).toEqual(others);
});

test('packet sockets with a classic filter tell the same, and account for it', (context) => {
  need(context, 'live', lacks);
  expect(classic.groups).toMatchObject([{ name: 'capture', rung: 'packet_socket', attached: true, proven: true }]);
  expect(classic.all.map(comparable)).toEqual(packets.map(comparable));
  // The clock of sockets is moved by what it differs from the other: a pair of readings apart.
  for (const [i, { boot_ns }] of classic.all.entries()) {
    expect(Math.abs(boot_ns - packets[i]!.boot_ns), textOf(packets[i]!)).toBeLessThan(1e9);
  }
  const units = packets.filter(({ flagsOnly }) => !flagsOnly).length;
  const { notes } = segments.account!;
  expect(classic.account).toMatchObject({ attempted: units, emitted: units, read: units, enqueued: units, dropped: 0 });
  expect(classic.account).toMatchObject({ lost: [0, 0, 0], notes, final: 1 });
});

test('what is no namespace is refused, and a pipe is not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-netns-'));
  try {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const script = `
      const addon = { exports: {} };
      process.dlopen(addon, process.argv[1]);
      const sockets = new addon.exports.PacketSockets(-1);
      console.log(process.argv.slice(2).map((path) => sockets.open(path)).join(' '));`;
    const paths = [pipe, folder, '/dev/null', join(folder, 'none')];
    // A process that hangs is ended: in this one, nobody could.
    const told = execFileSync(process.execPath, ['-e', script, ADDON_PATH, ...paths], { timeout: 60_000 });
    expect(told.toString().trim()).toBe(`${EINVAL} ${EINVAL} ${EINVAL} ${ENOENT}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

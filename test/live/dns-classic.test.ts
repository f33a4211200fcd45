/** DNS out of packet sockets with a classic filter: with CAP_NET_RAW and nothing else, beside what the eBPF filter tells of the same packets. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { LOST, SOURCE } from '../../src/dns/layout.gen.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, COMMAND, inFolder } from './support/checkout.js';
import { sumLedger } from './support/ledger.js';
import { type Ended, run, runBeside } from './support/observe.js';
import { type LedgerLine, withoutAccounts } from './support/output.js';
import { comparable, Segments } from './support/segments.js';
import { unbroken } from './support/sums.js';

const PORT = 35_357;
const NAME = `ct-classic-${process.pid}`;
const QUESTIONS = 200;
/** Datagrams of a flood, of more bytes than rings and sockets hold. */
const FLOOD = 40_000;

const lacks = lacksLive() ?? lacksCommand('python3') ?? lacksCommand('ip') ?? lacksCommand('unshare');
const inside = ['ip', 'netns', 'exec', NAME] as const;
const within = (...args: string[]): string =>
  execFileSync(inside[0], [...inside.slice(1), ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
/** Somebody with this one capability. */
const holding = (capability: string): string[] =>
  `setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=+${capability} --ambient-caps=+${capability} --bounding-set=-all,+${capability}`.split(
    ' ',
  );

beforeAll(() => {
  if (lacks !== null) return;
  execFileSync('ip', ['netns', 'add', NAME]);
  within('ip', 'link', 'set', 'lo', 'up');
});

afterAll(() => {
  if (lacks === null) execFileSync('ip', ['netns', 'delete', NAME]);
});

function needs(context: TestContext): void {
  need(context, 'live', lacks);
}

const classic = (taken?: boolean, ringSize?: number): Promise<Segments> =>
  Segments.start({ ports: [PORT], netns: [NAME] }, taken, ringSize, 'packet_socket');

/** `count` questions with their answers on loopback, in Python. */
function exchange(port: number, count: number): string {
  return `
import socket, struct
server, client = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
server.bind(('127.0.0.1', ${port}))
for i in range(${count}):
    question = b'\\3n%02x\\4test\\0' % (i % 256) + struct.pack('>HH', 1, 1)
    client.sendto(struct.pack('>HHHHHH', i, 0x100, 1, 0, 0, 0) + question, ('127.0.0.1', ${port}))
    asker = server.recvfrom(512)[1]
    answer = b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\xc0\\0\\2' + bytes([i % 256])
    server.sendto(struct.pack('>HHHHHH', i, 0x8180, 1, 1, 0, 0) + question + answer, asker)
    client.recv(512)`;
}

test.each(['sizes', 'segments', 'tcp'])(
  'what one call sends, %s, is told piece by piece as the eBPF filter tells it',
  async (what) => {
    if (lacks !== null) return;
    const beside = await Segments.start({ ports: [PORT], netns: [NAME] });
    const segments = await classic();
    try {
      within('python3', `${CHECKOUT}test/live/traffic/dns_segments.py`, String(PORT), what);
    } finally {
      await beside.stop();
      await segments.stop();
    }
    const packets = beside.all.filter(({ source }) => source >= SOURCE.packet_in);
    expect(packets.length).toBeGreaterThan(5);
    expect(segments.all.map(comparable)).toEqual(packets.map(comparable));
    const { attempted, emitted, read, enqueued, lost, final } = segments.account!;
    const units = segments.all.filter(({ flagsOnly }) => !flagsOnly).length;
    expect([emitted, read, enqueued, final]).toEqual([units, units, units, 1]);
    expect(attempted).toBe(units + lost[LOST.too_long]!);
    // 21 datagrams by one call: more than are told one by one.
    expect(lost).toEqual([0, what === 'segments' ? 4 : 0, 0]);
  },
);

test('a device without a link header, with what arrives and what leaves', async (context) => {
  needs(context);
  need(context, 'tun', existsSync('/dev/net/tun') ? null : 'there is no /dev/net/tun');
  const beside = await Segments.start({ ports: [PORT], netns: [NAME] });
  const segments = await classic();
  const script = `
import fcntl, os, socket, struct, subprocess
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'ct-tun', 0x1001))
for words in ('link set ct-tun up', 'address add 10.98.0.1/24 dev ct-tun'): subprocess.check_call(['ip', *words.split()])
udp = struct.pack('>HHHH', 4444, ${PORT}, 15, 0) + b'arrives'
addresses = socket.inet_aton('10.98.0.2') + socket.inet_aton('10.98.0.1')
head = lambda sum: struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(udp), 7, 0, 64, 17, sum) + addresses
words = sum(struct.unpack('>10H', head(0)))
os.write(tun, head(~((words & 0xffff) + (words >> 16)) & 0xffff) + udp)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'leaves', ('10.98.0.2', ${PORT}))`;
  try {
    within('python3', '-c', script);
  } finally {
    await beside.stop();
    await segments.stop();
  }
  const packets = beside.all.filter(({ source }) => source >= SOURCE.packet_in);
  expect(segments.all.map(comparable)).toEqual(packets.map(comparable));
  expect(segments.all.map(({ payload, source }) => [payload.toString(), source])).toEqual([
    ['arrives', SOURCE.packet_in],
    ['leaves', SOURCE.packet_out],
  ]);
});

test('what a socket cannot hold until it is read is counted, and nothing comes after the end', async (context) => {
  needs(context);
  const segments = await classic(false, 1 << 16);
  try {
    const script = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(${FLOOD}): s.sendto(bytes(1000), ('127.0.0.1', ${PORT}))`;
    within('python3', '-c', script);
  } finally {
    await segments.stop();
  }
  const { attempted, emitted, read, enqueued, dropped, lost } = segments.account!;
  expect(lost[LOST.buffer_full]).toBeGreaterThan(0);
  expect([attempted, emitted + lost[LOST.buffer_full]!]).toEqual([FLOOD, FLOOD]);
  expect([read, enqueued + dropped]).toEqual([emitted, emitted]);
  expect(segments.all).toHaveLength(enqueued);
});

/** `conntrail dns` as somebody with CAP_NET_RAW alone, in the namespace, while questions are asked. */
async function asked(folder: string, ...options: string[]): Promise<Ended & { stdout: string }> {
  chmodSync(folder, 0o777);
  const command = [...inside, ...holding('net_raw'), COMMAND, 'dns', '--netns', `/run/netns/${NAME}`, '-o', 'ndjson'];
  const ended = await runBeside([...command, ...options], folder, () => {
    within('python3', '-c', exchange(53, QUESTIONS));
  });
  return { ...ended, errors: unbroken(ended.errors) };
}

const linesOf = (text: string, record: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`{"record":"${record}",`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('CAP_NET_RAW alone: each query once, of nobody, and a ledger that closes; a recording replays the same', async (context) => {
  needs(context);
  await inFolder(async (folder) => {
    const file = join(folder, 'a.ctr');
    const { status, errors, stdout } = await asked(folder, '--record', file);
    expect(status, errors).toBe(0);
    expect(errors).toMatch(/^conntrail: capture is by packet_socket: .*no processes/m);
    expect(errors).toMatch(new RegExp(`^conntrail: ${2 * QUESTIONS} messages of dns in .* 0 lost$`, 'm'));
    const queries = linesOf(stdout, 'dns');
    expect(queries).toHaveLength(QUESTIONS);
    for (const [i, query] of queries.entries()) {
      expect(query).toMatchObject({ role: 'observer', process: null, cookie: null, outcome: 'answered', id: i });
      expect(query).toMatchObject({ answers: [{ type: 'A', value: `192.0.2.${i % 256}` }], messages: 2 });
    }
    const ledgers = linesOf(stdout, 'ledger') as unknown as LedgerLine[];
    const sums = sumLedger(ledgers, 'dns');
    expect(sums).toMatchObject({ attempted: 2 * QUESTIONS, emitted: 2 * QUESTIONS, lost: 0, given: 2 * QUESTIONS });
    expect([sums.pending, sums.resident]).toEqual([0, 0]);
    expect(JSON.stringify(ledgers.at(-1))).toContain('"group":"capture","rung":"packet_socket","state":"live"');
    const replayed = await run('replay', file, '-o', 'ndjson');
    expect(replayed.stdout.toString()).toBe(withoutAccounts(stdout));
  });
});

test('what is missing is named; doctor says what runs all the same', async (context) => {
  needs(context);
  const refused = (...args: string[]) => {
    try {
      return execFileSync(args[0]!, args.slice(1), { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { status, said: stdout + stderr };
    }
  };
  const raw = [...holding('net_raw'), COMMAND];
  expect(refused(...raw, 'dns')).toMatchObject({
    status: 3,
    said: expect.stringMatching(/for DNS also CAP_NET_ADMIN\. /),
  });
  expect(refused(...raw, 'observe', '--with', 'dns', '--set', `dns.netns=["${NAME}"]`)).toMatchObject({ status: 3 });
  expect(refused(...raw, 'dns', '--netns', NAME)).toMatchObject({
    status: 2,
    said: expect.stringMatching(/cannot be seen \(EPERM\): that takes CAP_SYS_ADMIN and CAP_NET_RAW/),
  });
  expect(refused(...holding('chown'), COMMAND, 'dns', '--netns', NAME)).toMatchObject({
    status: 3,
    said: expect.stringMatching(/; or with CAP_NET_RAW alone, for less\. \[CONNTRAIL_PRIVILEGE\]/),
  });
  const doctor = refused(...raw, 'doctor') as { status: number; said: string };
  expect(doctor.said.replace(/\s+/g, ' ')).toContain(
    'dns runs all the same with netns (packet_socket): only what passes',
  );
  expect((refused(...holding('chown'), COMMAND, 'doctor') as { said: string }).said).not.toContain('all the same');
});

test('root of a user namespace sees what its own namespaces have, by name', async (context) => {
  needs(context);
  const script = `mount -t tmpfs none /run && ip netns add own && ip -n own link set lo up || exit 1
    ${COMMAND} dns --netns own --ready-file /run/ready -o ndjson & tracer=$!
    until [ -e /run/ready ]; do sleep 0.02; kill -0 $tracer || exit 1; done
    ip netns exec own python3 -c "$1"
    kill -INT $tracer; wait $tracer`;
  const { errors, stdout } = await new Promise<{ errors: string; stdout: string }>((resolve) => {
    const child = spawn('unshare', ['-Urmn', 'sh', '-c', script, 'sh', exchange(53, 3)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => void (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => void (err += text.toString()));
    child.on('close', () => resolve({ stdout: out, errors: err }));
  });
  expect(errors).toMatch(/^conntrail: capture is by packet_socket: /m);
  expect(linesOf(stdout, 'dns').map(({ role, id }) => [role, id])).toEqual([0, 1, 2].map((id) => ['observer', id]));
  expect(linesOf(stdout, 'ledger').at(-1)).toMatchObject({ final: true });
});

import { expect, test } from 'vitest';
import { TCP_QUEUE } from '../../../src/checks/tcp-queue-length/layout.gen.js';
import { TCP_QUEUE_TABLE } from '../../../src/checks/tcp-queue-length/table/queue-table.js';
import type { TcpQueueSource } from '../../../src/checks/tcp-queue-length/tcp-queue-source.js';
import { type PeaksFields, queue } from './queue-bytes.js';

const PATH = '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234.slice/a-service-with-a-name.service';

function source(fields: PeaksFields, path: string | null, container: string | null = null): TcpQueueSource {
  const u8 = queue({ beginNs: 0, endNs: 1e9, ...fields });
  expect(u8.length).toBe(TCP_QUEUE.size);
  const identity = { host: new Uint8Array(), bootId: new Uint8Array(), run: 1, seq: 1 };
  const view = { u8, u32: new Uint32Array(u8.buffer), base: 0, wallOffsetUs: 0 };
  return { ...identity, ...view, samples: 1, path, container, runtime: null };
}

const SLOW: PeaksFields = {
  receive: {
    permille: 4340,
    queued: 10_000,
    limit: 2304,
    pid: 1_234_567,
    comm: 'a-slow-reader-x',
    remote: [192, 168, 100, 200],
    remotePort: 54321,
  },
  send: { permille: 1, queued: 1 },
};
const FULL: PeaksFields = {
  accept: { permille: 1250, queued: 5, limit: 4, pid: 9, comm: 'full', local: new Array(16).fill(0), localPort: 443 },
};

function lines(columns: number | null, rows: readonly TcpQueueSource[]): string[] {
  const table = TCP_QUEUE_TABLE.open({ wide: columns === null, colour: false });
  table.fit(columns ?? 80);
  return [table.header(), ...rows.map((row) => table.line(row as never))].map((line) => line.replace(/\n$/, ''));
}

const ROWS = [source(SLOW, PATH), source(FULL, '/'), source({ send: {} }, null), source({}, '/x', 'ab'.repeat(32))];

test.each([24, 30, 40, 60, 80, 100, 132, 200])('%d columns: no line is wider, and each says the most', (columns) => {
  const [header, ...rest] = lines(columns, ROWS);
  for (const line of [header!, ...rest]) expect([...line].length).toBeLessThan(Math.max(columns, 28));
  expect(rest[0]).toContain('434.0%');
  expect(header).toContain('RECV');
});

test('80 columns show whose it is, and where', () => {
  const [header, slow, full, empty, contained] = lines(80, ROWS);
  expect(header).toMatch(/^TIME +RECV +SEND +ACCEPT FULLEST\(PID\) +PEER +CGROUP/);
  expect(slow).toMatch(/^\S+ 434\.0% +0\.1% +- a-sl…\(1234567\) 192\.….200:54321 \/kubepod…service$/);
  expect(full).toMatch(/^\S+ +- +- +5\/4 full\(9\) +l:\[::\]:443 +\/$/);
  expect(empty).toMatch(/^\S+ +- +0\.0% +- - +- +-$/);
  expect(contained).toMatch(/ abababababababa…$/);
});

test('of no width nothing is cut', () => {
  const [, slow] = lines(null, ROWS);
  expect(slow).toContain(PATH);
  expect(slow).toContain('a-slow-reader-x(1234567)');
  expect(slow).toContain('192.168.100.200:54321');
});

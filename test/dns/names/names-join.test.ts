/** What addresses are called, in records of connections. */
import avro from 'avsc';
import { describe, expect, test } from 'vitest';
import { CONNECTION } from '../../../src/connections/generated/connection-type.js';
import { CONNECTION_TABLE } from '../../../src/connections/table/connection-table.js';
import { HOSTS_FILE, KIND } from '../../../src/dns/layout.gen.js';
import { hostsEntries } from '../../../src/dns/source/hosts-entries.js';
import { hostsFrames } from '../../../src/dns/source/hosts-frames.js';
import type { RecordSource, RecordType } from '../../../src/encoding/record-type.js';
import type { RecordPort } from '../../../src/pipeline/record-writer.js';
import { NullWriter } from '../../../src/sinks/null-writer.js';
import { TableWriter } from '../../../src/sinks/table-writer.js';
import { CollectingSink } from '../../sinks/collecting-sink.js';
import { type ConnFields, conn, openConn } from '../../support/frames.js';
import { Joined, S, WALL } from './joined.js';

const SIZE = { columns: 80, rows: null };
const REMOTE = [192, 0, 2, 1];
const utc = (s: number): string => new Date((WALL + s * 1e6) / 1000).toISOString().replace('Z', '000Z');
const dns = (name: string, s: number, own: boolean | null = null) => ({ name, source: 'dns', time: utc(s), own });

const at = (startS: number, fields: ConnFields = {}): ConnFields => ({
  remote_address: REMOTE,
  start_ns: Math.round(startS * S),
  end_ns: Math.round((startS + 1) * S),
  ...fields,
});

function close(joined: Joined, fields: ConnFields): void {
  joined.stream.single(0, conn(fields));
}

describe('a closed connection', () => {
  test('has the names that its remote address had when it began', () => {
    const joined = new Joined();
    joined.learn('web.example', 10, { pid: 100 });
    close(joined, at(11));
    expect(joined.remoteNames).toEqual([dns('web.example', 10, true)]);
    expect(joined.last.local.names).toBeNull();
    close(joined, at(9, { cookie: 2 }));
    expect(joined.remoteNames).toBeNull();
    close(joined, at(71, { cookie: 3 }));
    expect(joined.remoteNames).toBeNull();
  });

  test('has those of its local address too', () => {
    const joined = new Joined();
    joined.learn('self.example', 10, { address: '127.0.0.1' });
    close(joined, at(11));
    expect(joined.last.local.names).toEqual([dns('self.example', 10)]);
    expect(joined.remoteNames).toBeNull();
  });

  test('has those of its own namespace', () => {
    const joined = new Joined();
    joined.learn('one.example', 10, { netns: 1 });
    joined.learn('two.example', 10, { netns: 2 });
    close(joined, at(11, { netns_cookie: 2 }));
    expect(joined.remoteNames).toEqual([dns('two.example', 10)]);
    close(joined, at(11, { cookie: 2, netns_cookie: 1 }));
    expect(joined.remoteNames).toEqual([dns('one.example', 10)]);
  });

  test('has those that its own process asked for first', () => {
    const joined = new Joined();
    joined.learn('mine.example', 10, { pid: 100 });
    joined.learn('theirs.example', 11, { pid: 101 });
    close(joined, at(12));
    expect(joined.remoteNames).toEqual([dns('mine.example', 10, true), dns('theirs.example', 11, false)]);
  });

  test('whose process is not known has names of which nobody can say whose they are', () => {
    const joined = new Joined();
    joined.learn('theirs.example', 11, { pid: 100 });
    close(joined, at(12, { owner_source: 0, pid: 100 }));
    expect(joined.remoteNames).toEqual([dns('theirs.example', 11)]);
  });

  test('has none where its beginning or its peer is not known', () => {
    const joined = new Joined();
    joined.learn('web.example', 10);
    close(joined, at(0));
    expect(joined.remoteNames).toBeNull();
    close(joined, at(11, { cookie: 2, remote_address: [0, 0, 0, 0], remote_port: 0, protocol: 17 }));
    expect(joined.last.remote).toBeNull();
  });

  test('is told of each of eight at most', () => {
    const joined = new Joined();
    for (let i = 0; i < 12; i++) joined.learn(`n${i}.example`, 10 + i);
    close(joined, at(30));
    expect(joined.remoteNames!.map(({ name }) => name)).toEqual([11, 10, 9, 8, 7, 6, 5, 4].map((i) => `n${i}.example`));
    expect(joined.names.statistics).toMatchObject({ untoldNames: 4 });
    // Of each record that leaves them out, and of none that has room.
    close(joined, at(31));
    expect(joined.names.statistics).toMatchObject({ untoldNames: 8 });
    close(joined, at(10.5));
    expect(joined.names.statistics).toMatchObject({ untoldNames: 8 });
  });

  test('is told of as many long names as there is room for', () => {
    const joined = new Joined();
    const long = Array.from({ length: 4 }, () => '\u0001'.repeat(62)).join('.');
    joined.learn(`a.${long.slice(2)}`, 10);
    joined.learn('short', 11);
    joined.learn(long.slice(1), 12);
    close(joined, at(13));
    expect(joined.remoteNames!.map(({ name }) => name.length)).toEqual([247 * 4 + 3, 5]);
    expect(joined.names.statistics).toMatchObject({ untoldNames: 1 });
    close(joined, at(14));
    expect(joined.names.statistics).toMatchObject({ untoldNames: 2 });
  });

  test('is told once of names that are told alike', () => {
    const joined = new Joined({ privacy: (text) => text.split('.').slice(-2).join('.') });
    joined.learn('a.example.org', 10);
    joined.learn('b.example.org', 11);
    joined.learn('c.example.net', 12);
    close(joined, at(13));
    expect(joined.remoteNames).toEqual([dns('example.net', 12), dns('example.org', 11)]);
    // What is told alike is not left out.
    expect(joined.names.statistics).toMatchObject({ untoldNames: 0 });
  });

  test('has names that would break a line escaped', () => {
    const joined = new Joined();
    joined.learn('a"\n\u001b[31m\\.example', 10);
    close(joined, at(11));
    expect(joined.writer.lines.at(-1)!.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(joined.remoteNames![0]!.name).toBe('a"\\010\\027[31m\\\\.example');
  });
});

describe('an open connection', () => {
  test('keeps the names that it had when it was first seen', () => {
    const joined = new Joined();
    joined.learn('web.example', 10, { pid: 100 });
    joined.stream.snapshot(20 * S, 1, [openConn(at(11))]);
    expect(joined.remoteNames).toEqual([dns('web.example', 10, true)]);
    joined.learn('other.example', 10.5, { pid: 100 });
    for (let s = 30; s < 7200; s += 30) joined.flush(s);
    expect(joined.names.statistics).toMatchObject({ addresses: 0, names: 0, pinnedRemote: 1 });
    joined.stream.snapshot(7200 * S, 2, [openConn(at(11, { sent_bytes: 7 }))]);
    expect(joined.remoteNames).toEqual([dns('web.example', 10, true)]);
    close(joined, at(11, { sent_bytes: 9 }));
    expect(joined.last.state).toBe('closed');
    expect(joined.remoteNames).toEqual([dns('web.example', 10, true)]);
    close(joined, at(7300, { cookie: 2 }));
    expect(joined.names.statistics).toMatchObject({ pinnedRemote: 0, lists: 0 });
  });

  test('that is first seen after its name expired has it all the same', () => {
    const joined = new Joined();
    joined.learn('web.example', 10, { ttl: 30 });
    joined.flush(15);
    joined.flush(45);
    joined.stream.snapshot(45 * S, 1, [openConn(at(39))]);
    expect(joined.remoteNames).toEqual([dns('web.example', 10)]);
    joined.stream.snapshot(45 * S, 1, [openConn(at(40.5, { cookie: 2 }))]);
    expect(joined.remoteNames).toBeNull();
  });

  test('of another generation is another one', () => {
    const joined = new Joined();
    joined.learn('web.example', 10);
    joined.stream.snapshot(20 * S, 1, [openConn(at(11))]);
    joined.stream.snapshot(90 * S, 2, [openConn(at(80, { generation: 2 }))]);
    expect(joined.remoteNames).toBeNull();
  });

  test('beyond those that there is room for: the one seen longest ago is looked up anew', () => {
    const joined = new Joined({ maxNamedConnections: 2 });
    joined.learn('web.example', 10);
    const rows = [1, 2, 3].map((cookie) => openConn(at(11, { cookie })));
    joined.stream.snapshot(20 * S, 1, rows);
    expect(joined.writer.open.map(({ remote }) => remote!.names?.length)).toEqual([1, 1, 1]);
    expect(joined.names.statistics).toMatchObject({ pinnedRemote: 2, evictedPins: 1 });
    for (let s = 30; s < 300; s += 30) joined.flush(s);
    for (const cookie of [1, 2, 3]) close(joined, at(11, { cookie }));
    expect(joined.writer.closed.map(({ remote }) => remote!.names?.length)).toEqual([undefined, 1, 1]);
  });
});

test('lists and names go with the records that told them', () => {
  const joined = new Joined();
  for (let i = 0; i < 20_000; i++) {
    joined.learn(`n${i}.example`, 10 + i / 1000, { address: `10.0.${(i >> 8) & 255}.${i & 255}` });
    close(joined, at(10 + i / 1000, { cookie: i + 1, remote_address: [10, 0, (i >> 8) & 255, i & 255] }));
    expect(joined.remoteNames![0]!.name).toBe(`n${i}.example`);
  }
  expect(joined.names.statistics.lists).toBe(1);
  joined.flush(1e6);
  joined.flush(2e6);
  joined.flush(3e6);
  for (let i = 0; i < 100; i++) joined.clock(3e6 + i);
  // Those of lists that nobody holds any more stay for a while.
  expect(joined.names.statistics).toMatchObject({ addresses: 0, names: 0 });
  expect(joined.table.counts.names).toBeLessThanOrEqual(4097);
});

/** Takes connections as Avro, by the encoder that benchmarks guard. */
class AvroWriter extends NullWriter {
  readonly records: unknown[] = [];

  override port<S extends RecordSource>(type: RecordType<S>): RecordPort<S> {
    const schema = avro.Type.forSchema(JSON.parse(type.schema));
    const bytes = new Uint8Array(type.most);
    return {
      write: (source) => {
        const length = type.encode(bytes, 0, source);
        this.records.push(JSON.parse(JSON.stringify(schema.fromBuffer(Buffer.from(bytes.subarray(0, length))))));
      },
    };
  }
}

test('Avro says the same as NDJSON, the second time too', () => {
  const writer = new AvroWriter();
  const joined = new Joined({ clients: [{ name: 'avro', writer }] });
  joined.learn('web.example', 10, { pid: 100 });
  joined.learn('a"\\\n.example', 11, { pid: 7 });
  joined.learn('self.example', 11, { address: '127.0.0.1' });
  for (let cookie = 1; cookie <= 4; cookie++) close(joined, at(12, { cookie }));
  const long = 'x'.repeat(60);
  for (let i = 0; i < 8; i++) joined.learn(`${i}.${long}.${long}`, 20 + i);
  close(joined, at(40, { cookie: 5 }));
  expect(writer.records.length).toBe(5);
  for (const [i, { local, remote }] of joined.writer.connections.entries()) {
    const micros = (names: typeof local.names) =>
      names?.map((name) => ({ ...name, time: Date.parse(`${name.time}`) * 1000 })) ?? null;
    const told = writer.records[i] as { local: object; remote: object };
    expect(told.local).toEqual({ ...local, names: micros(local.names) });
    expect(told.remote).toEqual({ ...remote, names: micros(remote!.names) });
  }
});

test('the longest list that there can be is within the bounds of the record', () => {
  const joined = new Joined({ privacy: (text) => text.replaceAll('x', '\\').slice(0, 128) });
  for (let i = 0; i < 8; i++)
    joined.learn(`${i}${'x'.repeat(62)}.${'x'.repeat(63)}.${'x'.repeat(63)}`, 20 + i, { pid: 7 });
  close(joined, at(40));
  expect(joined.remoteNames!.map(({ name }) => name.length)).toEqual(Array(8).fill(128));
  expect(joined.writer.lines.at(-1)!.length).toBeLessThan(CONNECTION.mostJson);
});

test('a table shows names instead of addresses where they are asked for and known', () => {
  const sinks = [new CollectingSink(), new CollectingSink()];
  const clients = sinks.map((sink, i) => ({
    name: `table ${i}`,
    writer: new TableWriter(sink, [CONNECTION_TABLE], { wide: false, colour: false, names: i === 1, size: () => SIZE }),
  }));
  const joined = new Joined({ clients });
  joined.learn('www.shop.example', 10, { pid: 7 });
  joined.learn('cdn.a-name-that-is-too-long-for-its-column.example', 10, { address: '192.0.2.3', pid: 7 });
  close(joined, at(11));
  close(joined, at(11, { cookie: 2, remote_address: [192, 0, 2, 2] }));
  close(joined, at(11, { cookie: 3, remote_address: [192, 0, 2, 3] }));
  for (const { writer } of clients) writer.push();
  const remotes = sinks.map(({ text }) => text.split('\n').flatMap((line) => /→ (\S+)/.exec(line)?.[1] ?? []));
  expect(remotes).toEqual([
    ['192.0.2.1:80', '192.0.2.2:80', '192.0.2.3:80'],
    ['www.shop.example:80', '192.0.2.2:80', 'cdn.a-nam….example:80'],
  ]);
});

describe('files', () => {
  const tell = (joined: Joined, text: string, sinceS: number, { file = 0, netns = 7 } = {}): void => {
    const head = { sinceNs: BigInt(sinceS * S), netnsInode: netns, file };
    for (const payload of hostsFrames(head, hostsEntries(text).entries)) joined.stream.add(KIND.hosts, payload);
  };
  const host = (name: string, source = 'hosts') => ({ name, source, time: null, own: null });
  const here = { netns_inode: 7 };

  test('name addresses in the order of their lines, behind names that were answered', () => {
    const joined = new Joined();
    tell(joined, '192.0.2.1 db db.example\n192.0.2.1 late', 0);
    close(joined, at(11, here));
    expect(joined.remoteNames).toEqual([host('db'), host('db.example'), host('late')]);
    joined.learn('web.example', 10);
    tell(joined, '192.0.2.1 service', 0, { file: HOSTS_FILE.own, netns: 0 });
    close(joined, at(12, { ...here, cookie: 2 }));
    expect(joined.remoteNames).toEqual([
      dns('web.example', 10),
      host('db'),
      host('db.example'),
      host('late'),
      host('service', 'file'),
    ]);
  });

  test('of /etc/hosts are those of its own namespace, the operator’s of all', () => {
    const joined = new Joined();
    tell(joined, '192.0.2.1 db', 0);
    tell(joined, '192.0.2.1 service', 0, { file: HOSTS_FILE.own, netns: 0 });
    close(joined, at(11, { netns_inode: 8 }));
    expect(joined.remoteNames).toEqual([host('service', 'file')]);
  });

  test('hold from their last change on; before, what they said before', () => {
    const joined = new Joined();
    tell(joined, '192.0.2.1 old', 0);
    tell(joined, '192.0.2.1 new', 20);
    const told = [0, 10, 20, 30].map((start, i) => {
      close(joined, at(start, { ...here, cookie: i + 1 }));
      return joined.remoteNames?.map(({ name }) => name);
    });
    expect(told).toEqual([['old'], ['old'], ['new'], ['new']]);
    tell(joined, '192.0.2.2 other', 40);
    close(joined, at(10, { ...here, cookie: 9 }));
    expect(joined.remoteNames).toBeNull();
  });

  test('that changed since the boot name no connection whose beginning is not known', () => {
    const joined = new Joined();
    tell(joined, '192.0.2.1 db', 5);
    close(joined, at(0, here));
    expect(joined.remoteNames).toBeNull();
  });

  test('count only when they came whole', () => {
    const joined = new Joined();
    tell(joined, '192.0.2.1 old', 0);
    const many = Array.from({ length: 3000 }, (_, i) => `192.0.2.1 a${i}.example`).join('\n');
    const frames = hostsFrames({ sinceNs: 0n, netnsInode: 7, file: 0 }, hostsEntries(many).entries);
    expect(frames.length).toBeGreaterThan(1);
    joined.stream.add(KIND.hosts, frames[0]!);
    close(joined, at(11, here));
    expect(joined.remoteNames).toEqual([host('old')]);
    for (const payload of frames.slice(1)) joined.stream.add(KIND.hosts, payload);
    close(joined, at(11, { ...here, cookie: 2 }));
    expect(joined.remoteNames!.length).toBe(8);
    expect(joined.names.statistics).toMatchObject({ fileNames: 65, refusedFileNames: 3000 - 64 });
    // Its beginning got lost.
    joined.stream.add(KIND.hosts, frames[1]!);
    expect(joined.names.statistics).toMatchObject({ fileNames: 65 });
  });

  test('hold their names as long as they say so', () => {
    const joined = new Joined();
    tell(joined, '192.0.2.1 a\n192.0.2.2 b', 0);
    tell(joined, '192.0.2.1 a', 1);
    tell(joined, '', 2);
    tell(joined, '', 3);
    expect(joined.names.statistics.fileNames).toBe(0);
    expect(joined.table.counts.names).toBe(0);
  });
});

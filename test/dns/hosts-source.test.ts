/** Files of names: what is read of them, and when. */
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { HOSTS, HOSTS_BYTES, HOSTS_PART, KIND, NOTE } from '../../src/dns/layout.gen.js';
import { addressBytes } from '../../src/dns/source/address-bytes.js';
import { hostsEntries, MOST_ENTRIES } from '../../src/dns/source/hosts-entries.js';
import { hostsFrames } from '../../src/dns/source/hosts-frames.js';
import { openHosts } from '../../src/dns/source/hosts-source.js';
import type { FactPort } from '../../src/workers/fact-port.js';
import { ipv6Text } from '../encoding/reference.js';
import { temporaryFolder } from '../recording/helpers.js';

/** `192.0.2.1 name` of each entry. */
function said(entries: readonly Uint8Array[]): string[] {
  return entries.map((entry) => {
    const width = entry[0] === 2 ? 4 : 16;
    const address = width === 4 ? entry.subarray(2, 6).join('.') : ipv6Text(entry.subarray(2, 18));
    const wire = Buffer.from(entry.subarray(2 + width));
    expect(wire.length).toBe(entry[1]);
    const labels: string[] = [];
    for (let at = 0; wire[at] !== 0; at += wire[at]! + 1)
      labels.push(wire.toString('latin1', at + 1, at + 1 + wire[at]!));
    return `${address} ${labels.join('.')}`;
  });
}

describe('lines of hosts(5)', () => {
  test.each([
    ['127.0.0.1\tlocalhost', ['127.0.0.1 localhost'], 0],
    ['192.0.2.1  Web.Example. www # a comment', ['192.0.2.1 web.example', '192.0.2.1 www'], 0],
    ['::1 ip6-localhost ip6-loopback\r', ['::1 ip6-localhost', '::1 ip6-loopback'], 0],
    ['2001:DB8::1:0:2 v6', ['2001:db8::1:0:2 v6'], 0],
    ['::ffff:192.0.2.7 mapped', ['::ffff:192.0.2.7 mapped'], 0],
    ['# 192.0.2.1 nothing', [], 0],
    ['# a comment\r192.0.2.1 hidden', [], 0],
    ['192.0.2.1 good # a comment\rhidden', ['192.0.2.1 good'], 0],
    ['192.0.2.1', [], 0],
    ['', [], 0],
    ['fe80::1%lo0 scoped', [], 2],
    ['300.0.2.1 none', [], 2],
    ['192.0.2.1 a..b good', ['192.0.2.1 good'], 1],
    [`192.0.2.1 ${'x'.repeat(64)} ${'x'.repeat(63)}`, [`192.0.2.1 ${'x'.repeat(63)}`], 1],
    [`192.0.2.1 ${'abcdefg.'.repeat(32)}`, [], 1],
    ['192.0.2.1 caf\u00c3\u00a9', ['192.0.2.1 caf\u00c3\u00a9'], 0],
  ])('%j', (line, names, skipped) => {
    const found = hostsEntries(line);
    expect([said(found.entries), found.skipped]).toEqual([names, skipped]);
  });

  test('the first names of a file that has too many', () => {
    const lines = Array.from({ length: MOST_ENTRIES + 3 }, (_, i) => `192.0.2.1 n${i}`);
    const { entries, skipped } = hostsEntries(lines.join('\n'));
    expect([entries.length, skipped]).toEqual([MOST_ENTRIES, 3]);
  });

  test('every IPv6 address that there is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.boolean(), (bytes, short) => {
        const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
        const text = short ? ipv6Text(bytes) : groups.join(':');
        expect(isIPv6(text)).toBe(true);
        expect(addressBytes(text)).toEqual(bytes);
      }),
    );
  });
});

test('entries that do not fit in one frame are told in several', () => {
  const { entries } = hostsEntries(Array.from({ length: 3000 }, (_, i) => `192.0.2.1 name-${i}.example`).join('\n'));
  const frames = hostsFrames({ sinceNs: 7n, netnsInode: 9, file: 1 }, entries);
  expect(frames.length).toBeGreaterThan(1);
  expect(frames.every(({ length }) => length <= HOSTS.size + HOSTS_BYTES)).toBe(true);
  const parts = frames.map((frame) => frame[HOSTS.part]);
  expect(parts).toEqual([HOSTS_PART.first, ...parts.slice(2).map(() => 0), HOSTS_PART.last]);
  expect(frames.reduce((sum, frame) => sum + frame.length - HOSTS.size, 0)).toBe(
    entries.reduce((sum, entry) => sum + entry.length, 0),
  );
});

describe('the source', () => {
  let path: string;
  let etcHosts: string;
  const written: { payload: Uint8Array; units: number }[] = [];
  const notes: [place: number, count: number][] = [];
  let isFull = false;
  const bootNs = 1_000_000_000_000_000_000n;
  const port = {
    bootNs,
    write: (kind: number, payload: Uint8Array, units: number) => {
      expect(kind).toBe(KIND.hosts);
      if (!isFull) written.push({ payload, units });
      return !isFull;
    },
    note: (place: number, count = 1) => notes.push([place, count]),
  } as unknown as FactPort;

  beforeEach(() => {
    const folder = temporaryFolder();
    path = join(folder, 'names');
    etcHosts = join(folder, 'hosts');
    written.length = 0;
    notes.length = 0;
    isFull = false;
  });

  const heads = () =>
    written.map(({ payload }) => {
      const view = new DataView(payload.buffer);
      return {
        sinceNs: view.getBigUint64(HOSTS.since_ns, true),
        netns: view.getUint32(HOSTS.netns_inode, true),
        file: payload[HOSTS.file],
        bytes: view.getUint32(HOSTS.bytes, true),
      };
    });

  test('tells of both files when it begins, and of one again when it has changed', () => {
    writeFileSync(etcHosts, '127.0.0.1 localhost\n');
    writeFileSync(path, '192.0.2.1 db\n');
    const source = openHosts(port, { hosts: true, hostsFile: path }, etcHosts);
    source.poll();
    source.poll();
    const own = statSync('/proc/self/ns/net').ino;
    expect(heads()).toMatchObject([
      { file: 0, netns: own },
      { file: 1, netns: 0 },
    ]);
    expect(written.map(({ units }) => units)).toEqual([0, 0]);
    appendFileSync(path, '192.0.2.2 db2\n');
    source.poll();
    expect(heads()).toMatchObject([{}, {}, { file: 1 }]);
    expect(heads()[2]!.bytes).toBeGreaterThan(heads()[1]!.bytes);
  });

  test('says since when a file has said so: its last change, or its end', () => {
    writeFileSync(path, '192.0.2.1 db\n');
    const changed = statSync(path, { bigint: true }).ctimeNs;
    const source = openHosts(port, { hosts: false, hostsFile: path });
    const before = BigInt(Date.now()) * 1_000_000n;
    source.poll();
    const after = BigInt(Date.now()) * 1_000_000n;
    const [told] = heads();
    expect(told!.sinceNs).toBeLessThanOrEqual(bootNs - (before - changed));
    expect(told!.sinceNs).toBeGreaterThanOrEqual(bootNs - (after - changed));
    rmSync(path);
    source.poll();
    expect(heads()[1]).toMatchObject({ bytes: 0, sinceNs: bootNs });
    source.poll();
    expect(written.length).toBe(2);
  });

  test('says that what changed before the boot has been so always', () => {
    const early = { ...port, bootNs: 1n } as FactPort;
    openHosts(early, { hosts: false, hostsFile: '/etc/passwd' }).poll();
    expect(heads()[0]!.sinceNs).toBe(0n);
  });

  test('counts what it cannot read, and words that are nothing', () => {
    mkdirSync(path);
    writeFileSync(etcHosts, 'localhost 127.0.0.1\n192.0.2.1 db\n');
    const source = openHosts(port, { hosts: true, hostsFile: path }, etcHosts);
    source.poll();
    source.poll();
    expect(notes).toEqual([
      [NOTE.skipped_hosts, 2],
      [NOTE.unread_hosts, 1],
      [NOTE.unread_hosts, 1],
    ]);
    expect(heads()).toMatchObject([{ file: 0 }]);
  });

  test('tells it again when there was no room', () => {
    writeFileSync(path, '192.0.2.1 db\n');
    const source = openHosts(port, { hosts: false, hostsFile: path });
    isFull = true;
    source.poll();
    expect(written).toEqual([]);
    isFull = false;
    source.poll();
    source.poll();
    expect(written.length).toBe(1);
  });
});

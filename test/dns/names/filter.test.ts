/** Connections chosen by the names of their addresses. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONNECTIONS } from '../../../src/connections/feature.js';
import { FilterNames } from '../../../src/connections/filter-names.js';
import { NO_JOIN, RecordBatch } from '../../../src/connections/record-batch.js';
import { enabledFeatures } from '../../../src/feature-options.js';
import type { FilterText } from '../../../src/filters/filter-text.js';
import { parseFilterText } from '../../../src/filters/parse-filter.js';
import type { Feature } from '../../../src/pipeline/feature.js';
import { resolvedJoin } from '../../../src/pipeline/join.js';
import { type ConnFields, conn, openConn } from '../../support/frames.js';
import { Joined, S } from './joined.js';

const filtered = (text: FilterText): Joined => new Joined({ filter: parseFilterText(text)! });

const at = (cookie: number, host: number, fields: ConnFields = {}): ConnFields => ({
  cookie,
  remote_address: [192, 0, 2, host],
  start_ns: 11 * S,
  end_ns: 12 * S,
  ...fields,
});

function told(joined: Joined): number[] {
  return joined.writer.connections.map(({ cookie }) => Number(cookie));
}

describe('dns-name', () => {
  const open = (text: FilterText): Joined => {
    const joined = filtered(text);
    joined.learn('www.example.com', 10, { address: '192.0.2.1' });
    joined.learn('db.example.org', 10, { address: '192.0.2.2' });
    joined.learn('cdn.example.net', 10, { address: '192.0.2.2' });
    joined.learn('self.example.com', 10, { address: '127.0.0.9' });
    joined.stream.single(0, conn(at(1, 1)));
    joined.stream.single(0, conn(at(2, 2)));
    joined.stream.single(0, conn(at(3, 3)));
    joined.stream.single(0, conn(at(4, 3, { local_address: [127, 0, 0, 9] })));
    return joined;
  };

  test.each<[FilterText, number[]]>([
    [{ 'dns-name': 'www.example.com' }, [1]],
    [{ 'dns-name': 'WWW.Example.COM.' }, [1]],
    [{ 'dns-name': 'example.com' }, []],
    [{ 'dns-name': '*.example.com' }, [1, 4]],
    [{ 'dns-name': 'remote:*.example.com' }, [1]],
    [{ 'dns-name': 'local:*' }, [4]],
    [{ 'dns-name': '*' }, [1, 2, 4]],
    [{ 'dns-name': 'db.*,www.*' }, [1, 2]],
    [{ 'dns-name': '!*.com' }, [2, 3]],
    [{ 'dns-name': '!*' }, [3]],
    [{ 'dns-name': '*,!*.net' }, [1, 4]],
    [{ 'dns-name': '*.example.com', port: '81' }, []],
    [{ 'dns-name': '*.example.com', port: '!40000' }, []],
    [{ 'dns-name': '!www.*', address: '192.0.2.1,192.0.2.3' }, [3, 4]],
  ])('%j', (text, cookies) => {
    const joined = open(text);
    expect(told(joined)).toEqual(cookies);
    expect(joined.pipeline.statistics.features.connections!.filtered).toBe(4 - cookies.length);
  });

  test('what it holds back stays due: the first record that passes has all of it', () => {
    const joined = filtered({ 'dns-name': 'db.example', 'min-bytes': '10' });
    joined.learn('db.example', 10, { address: '192.0.2.1' });
    joined.stream.snapshot(20 * S, 1, [openConn(at(1, 1, { sent_bytes: 7 })), openConn(at(2, 2, { sent_bytes: 70 }))]);
    expect(told(joined)).toEqual([]);
    for (let s = 30; s < 300; s += 30) joined.flush(s);
    joined.stream.snapshot(300 * S, 2, [openConn(at(1, 1, { sent_bytes: 12 }))]);
    expect(joined.last).toMatchObject({ state: 'open', delta: { sent_bytes: 12 }, total: { sent_bytes: 12 } });
    expect(joined.remoteNames!.map(({ name }) => name)).toEqual(['db.example']);
  });

  test('a row that comes after its close keeps nothing', () => {
    const joined = filtered({ 'dns-name': '*' });
    joined.learn('db.example', 10, { address: '192.0.2.1' });
    joined.stream.single(0, conn(at(1, 1)));
    joined.stream.snapshot(12 * S, 1, [openConn(at(1, 1))]);
    expect(told(joined)).toEqual([1]);
    expect(joined.names.statistics.pinnedRemote).toBe(0);
  });

  test('is refused where nobody knows names', () => {
    const [asked, left] = [{ 'dns-name': 'a' }, { 'dns-name': '!a' }].map((text) => parseFilterText(text));
    const features = [CONNECTIONS as Feature];
    for (const filter of [asked, left]) {
      expect(() => enabledFeatures({ connections: { filter } }, features)).toThrow(
        'A filter by dns-name needs the feature dns, which is off: turn it on too (--with dns).',
      );
    }
    expect(enabledFeatures({ connections: { filter: parseFilterText({ port: '1' }) } }, features).length).toBe(1);
  });
});

test('a pattern says what a regular expression would', () => {
  const letters = fc.constantFrom('a', 'b', '.', '*', '+', '\\');
  const pattern = fc.string({ unit: letters, minLength: 1, maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '+', '\\'), minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (glob, name) => {
      const batch = new RecordBatch();
      batch.remoteNames = resolvedJoin(
        { ...NO_JOIN.join, fragments: { ...NO_JOIN.join.fragments, texts: () => [name] } },
        1,
      );
      batch.remoteNames.column.handles[0] = 1;
      const bare = glob.length > 1 && glob.endsWith('.') ? glob.slice(0, -1) : glob;
      const expression = bare.replaceAll(/[.+\\]/g, '\\$&').replaceAll('*', '.*');
      const names = new FilterNames({ dnsNames: [{ end: 'any', pattern: glob }] });
      expect(names.matches(batch, 0)).toBe(new RegExp(`^${expression}$`).test(name));
    }),
    { numRuns: 5000 },
  );
});

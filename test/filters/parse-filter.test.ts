import { mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FilterMatcher } from '../../src/connections/filter-matcher.js';
import { FILTERS, type FilterText } from '../../src/filters/filter-text.js';
import { parseFilterText } from '../../src/filters/parse-filter.js';
import { hasPaths, parseFilter, settleFilter } from '../../src/filters/settle-filter.js';
import { cgroupRoot } from '../../src/kernel/host.js';
import { conn } from '../support/frames.js';

describe('the grammar', () => {
  test.each<[FilterText, unknown]>([
    [{}, undefined],
    [{ port: [] }, undefined],
    [{ port: '443,80' }, { ports: [range(443), range(80)] }],
    [{ port: ['443', ' 80 '] }, { ports: [range(443), range(80)] }],
    [{ port: '!22' }, { not: { ports: [range(22)] } }],
    [{ port: '8000-8999,! 8080' }, { ports: [{ end: 'any', first: 8000, last: 8999 }], not: { ports: [range(8080)] } }],
    [
      { name: 'curl', uid: '!0' },
      { processNames: ['curl'], not: { uids: [0] } },
    ],
    [
      { protocol: 'TCP', direction: 'Outgoing', state: 'CLOSED' },
      { protocols: ['tcp'], directions: ['outgoing'], states: ['closed'] },
    ],
    [
      { 'dns-name': 'Web.example,remote:*.db,!local:a*' },
      {
        dnsNames: [name('any', 'Web.example'), name('remote', '*.db')],
        not: { dnsNames: [name('local', 'a*')] },
      },
    ],
    [{ failed: 'any' }, { failures: ['any'] }],
    [{ failed: '!Reset,refused' }, { failures: ['refused'], not: { failures: ['reset'] } }],
    [{ netns: '4026531840,!net:[4026532177]' }, { netns: [4026531840], not: { netns: [4026532177] } }],
    [{ cgroup: '1,!77' }, { cgroups: [1], not: { cgroups: [77] } }],
    [{ 'min-bytes': '1M,1k' }, { minBytes: 1024 }],
    [{ 'min-bytes': '1K,!1M' }, { minBytes: 1024, not: { minBytes: 1 << 20 } }],
    [{ 'min-duration': '250ms' }, { minDurationUs: 250_000 }],
    [{ 'min-duration': '2' }, { minDurationUs: 2_000_000 }],
  ])('%j', (text, filter) => expect(parseFilterText(text)).toEqual(filter));

  test.each<[FilterText, string]>([
    [{ port: '!' }, 'An alternative of port is empty'],
    [{ port: '1,,2' }, 'An alternative of port is empty'],
    [{ port: '!!1' }, '"!1" is not a port or range'],
    [{ uid: 'root' }, '"root" is not a user id'],
    [{ uid: '4294967296' }, 'at most 4294967295'],
    [{ cgroup: 'user.slice' }, 'is not the id of a cgroup'],
    [{ netns: 'blue' }, 'is not the inode of a network namespace'],
    [{ 'dns-name': 'a b' }, '"a b" is not a name such as'],
    [{ 'dns-name': 'remote:' }, 'is not a name such as'],
    [{ 'dns-name': 'b\u00fccher.example' }, 'other alphabets in ASCII (xn--'],
    [{ failed: 'yes' }, 'is not one of any, reset, refused'],
    [{ 'min-bytes': '-1' }, 'is not a size such as'],
    [{ 'min-duration': '0s' }, 'is too little'],
    [{ colour: 'red' } as FilterText, '"colour" is not a filter: use pid, name, uid'],
  ])('not %j', (text, message) => {
    expect(() => parseFilterText(text)).toThrow(
      expect.objectContaining({ code: 'CONNTRAIL_OPTION', message: expect.stringContaining(message) }),
    );
  });

  test('every dimension can be asked for and left out', () => {
    const some: Record<string, string> = {
      address: '127.0.0.1',
      protocol: 'tcp',
      direction: 'outgoing',
      state: 'closed',
      failed: 'reset',
    };
    const record = conn({
      pid: 1,
      uid: 1,
      cgroup_id: 1,
      netns_inode: 1,
      comm: '1',
      local_port: 1,
      error: 104,
      sent_bytes: 1,
    });
    const words = new Uint32Array(record.buffer);
    for (const [name] of FILTERS) {
      // Names are judged behind the joins: test/dns/names/filter.test.ts.
      if (name === 'dns-name') continue;
      const value = some[name] ?? '1';
      const matches = (text: FilterText) => new FilterMatcher(parseFilterText(text)!).matches(record, words, 0);
      expect([name, matches({ [name]: value }), matches({ [name]: `!${value}` })]).toEqual([name, true, false]);
    }
  });
});

describe('paths', () => {
  test.skipIf(process.platform !== 'linux')('of namespaces become their inodes', () => {
    const { ino } = statSync('/proc/self/ns/net');
    expect(settleFilter({ netns: '!/proc/self/ns/net,1', port: '1' })).toEqual({ netns: [`!${ino}`, '1'], port: '1' });
    expect(parseFilter({ netns: ['/proc/self/ns/net'] })).toEqual({ netns: [ino] });
    expect([hasPaths({ netns: '!/x' }), hasPaths({ netns: '7', name: '/bin/x' })]).toEqual([true, false]);
    for (const path of ['/proc/self/ns/none', '/etc/passwd', '/']) {
      expect(() => parseFilter({ netns: path })).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
    }
  });

  test.skipIf(cgroupRoot() === null || process.getuid?.() !== 0)('of cgroups become their ids', () => {
    const root = cgroupRoot()!;
    const folder = mkdtempSync(`${root}/conntrail-filter-`);
    try {
      const { ino } = statSync(folder);
      expect(parseFilter({ cgroup: [folder, `!${folder.slice(root.length)}`] })).toEqual({
        cgroups: [ino],
        not: { cgroups: [ino] },
      });
    } finally {
      rmdirSync(folder);
    }
    expect(() => parseFilter({ cgroup: folder })).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
    expect(() => parseFilter({ cgroup: '/../../../etc' })).toThrow(
      expect.objectContaining({ code: 'CONNTRAIL_OPTION' }),
    );
  });
});

test('docs/cli.md has every filter', () => {
  const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  for (const [name] of FILTERS) expect(text).toContain(`| \`--${name}\` |`);
});

function name(end: string, pattern: string) {
  return { end, pattern };
}

function range(port: number): { end: 'any'; first: number; last: number } {
  return { end: 'any', first: port, last: port };
}

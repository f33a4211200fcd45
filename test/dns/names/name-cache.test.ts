import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { hashKeys } from '../../../src/dns/message/hash-keys.js';
import { NameCache } from '../../../src/dns/names/name-cache.js';
import { NameList, OWN } from '../../../src/dns/names/name-list.js';
import { CountedTexts } from './texts.js';

const S = 1e9;
const V4 = 2;
const V6 = 10;
const LIMITS = { minTtl: 30, maxTtl: 3600, maxAddresses: 1000, maxNames: 2000, maxNamesPerAddress: 64 };

let texts: CountedTexts;
let cache: NameCache;
const list = new NameList(256);

function open(limits: Partial<typeof LIMITS> = {}): void {
  texts = new CountedTexts();
  cache = new NameCache(texts, hashKeys(), { ...LIMITS, ...limits });
}

beforeEach(() => open());

const bytesOf = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);

interface Answer {
  netns?: number;
  address?: string;
  ttl?: number;
  pid?: number;
}

function learn(name: string, atS: number, { netns = 1, address = '192.0.2.1', ttl = 60, pid = 0 }: Answer = {}): void {
  cache.learn(netns, 0, bytesOf(address), 0, V4, texts.of(name), ttl, atS * S, pid);
}

function namesAt(startS: number, { netns = 1, address = '192.0.2.1', pid = 0 }: Answer = {}): string[] {
  list.clear();
  cache.lookup(netns, 0, bytesOf(address), 0, V4, startS * S, pid, list);
  list.order();
  return [...list.names.subarray(0, list.told)].map((handle) => texts.text(handle));
}

/** Sweeps the whole table. */
function expireAll(beforeS: number): void {
  for (let i = 0; i <= LIMITS.maxAddresses; i += 1024) cache.expire(beforeS * S);
}

describe('a name joins', () => {
  test('what begins at its answer or later, and within its TTL', () => {
    learn('a', 100, { ttl: 60 });
    expect([99.9, 100, 160].map((start) => namesAt(start))).toEqual([[], ['a'], ['a']]);
    expect(namesAt(160.001)).toEqual([]);
  });

  test('for 30 s at least and an hour at most', () => {
    learn('short', 0.5, { ttl: 0 });
    learn('long', 0.5, { ttl: 86_400, address: '192.0.2.2' });
    expect([namesAt(30.5), namesAt(30.6)]).toEqual([['short'], []]);
    const address = '192.0.2.2';
    expect([namesAt(3600.5, { address }), namesAt(3600.6, { address })]).toEqual([['long'], []]);
  });

  test('not what began when its beginning is not known', () => {
    learn('a', 100);
    expect(namesAt(0)).toEqual([]);
  });

  test('in its own namespace, under the address of the answer', () => {
    learn('one', 100, { netns: 1 });
    learn('two', 100, { netns: 2 });
    expect([namesAt(101, { netns: 1 }), namesAt(101, { netns: 2 })]).toEqual([['one'], ['two']]);
    expect([namesAt(101, { netns: 3 }), namesAt(101, { address: '192.0.2.2' })]).toEqual([[], []]);
  });

  test('by a cookie beyond 2^53, which shares its number with another', () => {
    cache.learn(0, 0x8000_0000, bytesOf('192.0.2.1'), 0, V4, texts.of('a'), 60, 100 * S, 0);
    cache.learn(1, 0x8000_0000, bytesOf('192.0.2.1'), 0, V4, texts.of('b'), 60, 100 * S, 0);
    expect(cache.counters).toMatchObject({ learned: 1, refusedNamespaces: 1 });
    cache.lookup(1, 0x8000_0000, bytesOf('192.0.2.1'), 0, V4, 101 * S, 0, list);
    expect(list.count).toBe(0);
  });

  test('an IPv4 connection when an IPv4-mapped address was answered', () => {
    const mapped = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]);
    cache.learn(1, 0, mapped, 0, V6, texts.of('mapped'), 60, 100 * S, 0);
    expect(namesAt(101)).toEqual(['mapped']);
  });

  test('no address at all: 0.0.0.0 and ::', () => {
    learn('blocked', 100, { address: '0.0.0.0' });
    cache.learn(1, 0, new Uint8Array(16), 0, V6, texts.of('blocked'), 60, 100 * S, 0);
    expect(cache.counters.refusedAddresses).toBe(2);
    expect([cache.addresses, texts.allHeld]).toEqual([0, 0]);
  });

  test('over a gap in which it did not hold', () => {
    learn('a', 100, { ttl: 30 });
    learn('a', 200, { ttl: 30 });
    expect([100, 130, 131, 199, 200, 230].map((start) => namesAt(start).length)).toEqual([1, 1, 0, 0, 1, 1]);
  });

  test('for as long as the latest of its deadlines', () => {
    learn('a', 100, { ttl: 300 });
    learn('a', 110, { ttl: 30 });
    expect(namesAt(390)).toEqual(['a']);
  });
});

describe('names are in order', () => {
  test('those of the own process first, then the newest', () => {
    learn('old', 100, { pid: 7 });
    learn('other', 101, { pid: 8 });
    learn('new', 102, { pid: 9 });
    expect(namesAt(105)).toEqual(['new', 'other', 'old']);
    expect(namesAt(105, { pid: 7 })).toEqual(['old', 'new', 'other']);
    expect([...list.owns.subarray(0, 3)]).toEqual([OWN.yes, OWN.no, OWN.no]);
    expect([...list.times.subarray(0, 3)]).toEqual([100 * S, 102 * S, 101 * S]);
  });

  test('by the latest answer that was read by then', () => {
    learn('a', 100, { pid: 7 });
    learn('b', 101, { pid: 8 });
    learn('a', 103, { pid: 7 });
    expect([namesAt(102), list.times[1]]).toEqual([['b', 'a'], 100 * S]);
    expect([namesAt(104), list.times[0]]).toEqual([['a', 'b'], 103 * S]);
  });

  test('whose process asked later is not its own', () => {
    learn('a', 100, { pid: 7 });
    learn('a', 110, { pid: 8 });
    expect([namesAt(105, { pid: 8 }), list.owns[0]]).toEqual([['a'], OWN.no]);
    expect([namesAt(115, { pid: 8 }), list.owns[0]]).toEqual([['a'], OWN.yes]);
  });

  test('without a word of who asked where nobody is known', () => {
    learn('a', 100);
    expect([namesAt(105, { pid: 8 }), list.owns[0]]).toEqual([['a'], OWN.unknown]);
    learn('a', 101, { pid: 8 });
    expect([namesAt(105), list.owns[0]]).toEqual([['a'], OWN.unknown]);
  });

  test('eight are told, the others counted', () => {
    for (let i = 0; i < 20; i++) learn(`n${i}`, 100 + i);
    expect(namesAt(125)).toEqual(['n19', 'n18', 'n17', 'n16', 'n15', 'n14', 'n13', 'n12']);
    expect(list.count).toBe(20);
  });
});

describe('bounds', () => {
  test('of an address: the name that was answered longest ago goes', () => {
    open({ maxNamesPerAddress: 3 });
    for (const [i, name] of ['a', 'b', 'c', 'a', 'd'].entries()) learn(name, 100 + i);
    expect(namesAt(105)).toEqual(['d', 'a', 'c']);
    expect(cache.counters.evictedNames).toBe(1);
    expect([cache.names, texts.allHeld]).toEqual([3, 3]);
  });

  test('of all addresses: the one used longest ago goes, and a look-up is a use', () => {
    open({ maxAddresses: 3 });
    for (let i = 1; i <= 3; i++) learn(`n${i}`, 100, { address: `192.0.2.${i}` });
    namesAt(101, { address: '192.0.2.1' });
    learn('n4', 101, { address: '192.0.2.4' });
    const left = [1, 2, 3, 4].map((i) => namesAt(101, { address: `192.0.2.${i}` }).length);
    expect(left).toEqual([1, 0, 1, 1]);
    expect([cache.addresses, cache.names, texts.allHeld, cache.counters.evictedAddresses]).toEqual([3, 3, 3, 1]);
  });

  test('of all addresses: a flood in one namespace takes from no other', () => {
    open({ maxAddresses: 100 });
    for (let i = 0; i < 40; i++) learn(`n${i}`, 100, { netns: 2, address: `192.0.2.${i}` });
    for (let i = 0; i < 5000; i++) learn(`f${i}`, 101, { netns: 1, address: `10.0.${i >> 8}.${i & 255}` });
    for (let i = 0; i < 40; i++) expect(namesAt(101, { netns: 2, address: `192.0.2.${i}` })).toEqual([`n${i}`]);
    expect([cache.addresses, cache.counters.evictedAddresses]).toEqual([100, 4940]);
  });

  test('of all names: many names for few addresses of one namespace take from no other', () => {
    open({ maxNames: 100 });
    for (let i = 0; i < 40; i++) learn(`n${i}`, 100, { netns: 2, address: `192.0.2.${i}` });
    for (let i = 0; i < 5000; i++) learn(`f${i}`, 101, { netns: 1, address: `10.0.0.${i % 2}` });
    for (let i = 0; i < 40; i++) expect(namesAt(101, { netns: 2, address: `192.0.2.${i}` })).toEqual([`n${i}`]);
    expect(texts.allHeld).toBe(cache.names);
  });

  test('room for others is made by the namespace with the most names, as long as there is one', () => {
    for (let i = 0; i < 3; i++) learn(`n${i}`, 100, { netns: 2, address: `192.0.2.${i}` });
    for (let i = 0; i < 5; i++) learn(`f${i}`, 100, { netns: 1, address: '10.0.0.1' });
    expect(cache.yield()).toBe(true);
    expect(namesAt(101, { netns: 1, address: '10.0.0.1' })).toEqual([]);
    for (let i = 0; i < 3; i++) expect(namesAt(101, { netns: 2, address: `192.0.2.${i}` })).toEqual([`n${i}`]);
    for (let i = 0; i < 3; i++) expect(cache.yield()).toBe(true);
    expect([cache.yield(), cache.names, cache.namespaces, texts.allHeld]).toEqual([false, 0, 0, 0]);
  });

  test('of all addresses: a namespace that comes late gets its share', () => {
    open({ maxAddresses: 4 });
    for (let i = 1; i <= 4; i++) learn(`n${i}`, 100, { netns: 1, address: `192.0.2.${i}` });
    for (let netns = 2; netns <= 9; netns++) learn('x', 101, { netns });
    expect(cache.addresses).toBe(4);
    expect(namesAt(101, { netns: 9 })).toEqual(['x']);
    expect(texts.allHeld).toBe(cache.names);
  });

  test.each([1, 2, 3])('of %i names in all', (maxNames) => {
    open({ maxNames });
    for (let i = 0; i < 50; i++) {
      learn(`n${i}`, 100 + i, { netns: 1 + (i % 3), address: `192.0.2.${1 + (i % 5)}` });
      expect(cache.names).toBeLessThanOrEqual(maxNames);
      expect(namesAt(100 + i, { netns: 1 + (i % 3), address: `192.0.2.${1 + (i % 5)}` })[0]).toBe(`n${i}`);
    }
    expect(texts.allHeld).toBe(cache.names);
  });

  test('of namespaces: more than 4096 are refused, until one has no address left', () => {
    open({ maxAddresses: 10_000, maxNames: 10_000 });
    for (let netns = 1; netns <= 4097; netns++) learn('a', 100, { netns });
    expect([cache.namespaces, cache.counters.refusedNamespaces]).toEqual([4096, 1]);
    for (let i = 0; i < 10; i++) cache.expire(1000 * S);
    expect([cache.namespaces, cache.addresses, texts.allHeld]).toEqual([0, 0, 0]);
    learn('a', 1001, { netns: 4097 });
    expect(namesAt(1001, { netns: 4097 })).toEqual(['a']);
  });

  test('what expired goes, and nothing else', () => {
    learn('a', 100, { ttl: 30 });
    learn('b', 100, { ttl: 90 });
    learn('c', 100, { ttl: 60 });
    expireAll(161);
    expect([cache.names, cache.counters.expiredNames, namesAt(105)]).toEqual([1, 2, ['b']]);
    expireAll(191);
    expect([cache.names, cache.addresses, cache.namespaces, texts.allHeld]).toEqual([0, 0, 0, 0]);
  });
});

/** Answers in the order of their times, in a small world. */
const answers = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 40 }),
    netns: fc.integer({ min: 1, max: 2 }),
    host: fc.integer({ min: 1, max: 2 }),
    name: fc.integer({ min: 0, max: 5 }),
    ttl: fc.integer({ min: 0, max: 100 }),
    pid: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 60 },
);
const asked = fc.record({
  netns: fc.integer({ min: 1, max: 2 }),
  host: fc.integer({ min: 1, max: 2 }),
  pid: fc.integer({ min: 0, max: 4 }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('the same as a list of all answers, whenever a connection began', () => {
  fc.assert(
    fc.property(answers, fc.array(asked, { minLength: 1, maxLength: 20 }), (given, lookups) => {
      open();
      let now = 100;
      const all = given.map((answer) => {
        now += answer.gap;
        const { netns, host, name, ttl, pid } = answer;
        learn(`n${name}`, now, { netns, address: `192.0.2.${host}`, ttl, pid });
        return { ...answer, from: now, until: now + Math.max(30, ttl) };
      });
      for (const { netns, host, pid, at } of lookups) {
        const start = Math.floor(90 + at * (now + 120 - 90));
        const here = all.filter((answer) => answer.netns === netns && answer.host === host && answer.from <= start);
        const holding = here.filter(({ until }) => start <= until);
        const found = namesAt(start, { netns, address: `192.0.2.${host}`, pid });
        expect(new Set(found)).toEqual(new Set(holding.map(({ name }) => `n${name}`)));
        expect(list.count).toBe(new Set(found).size);
        for (const [i, name] of found.entries()) {
          const times = here.filter((answer) => `n${answer.name}` === name).map(({ from }) => from * S);
          expect(times).toContain(list.times[i]);
          if (start >= now) expect(list.owns[i] === OWN.yes || list.times[i] === Math.max(...times)).toBe(true);
          if (list.owns[i] === OWN.yes) {
            const own = here.filter((answer) => answer.pid === pid && `n${answer.name}` === name);
            expect(own.map(({ from }) => from * S)).toContain(list.times[i]);
          } else if (pid !== 0) {
            expect(holding.some((answer) => answer.pid === pid && `n${answer.name}` === name)).toBe(false);
          }
        }
        const rank = [...found.keys()].map((i) => (list.owns[i] === OWN.yes ? 1e15 : 0) + list.times[i]!);
        expect(rank).toEqual([...rank].sort((a, b) => b - a));
      }
    }),
    { numRuns: 500 },
  );
});

test('of the addresses used last as many as there is room for, as a list would have them', () => {
  const uses = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean()), { maxLength: 300 });
  fc.assert(
    fc.property(uses, (steps) => {
      open({ maxAddresses: 8 });
      const model: number[] = [];
      for (const [host, learns] of steps) {
        const known = model.indexOf(host);
        if (learns || known >= 0) {
          if (known >= 0) model.splice(known, 1);
          model.push(host);
          if (model.length > 8) model.shift();
        }
        if (learns) learn('a', 100, { address: `192.0.2.${host}` });
        else expect(namesAt(100, { address: `192.0.2.${host}` }).length).toBe(known >= 0 ? 1 : 0);
      }
      expect(cache.addresses).toBe(model.length);
      expect(texts.allHeld).toBe(model.length);
    }),
    { numRuns: 300 },
  );
});

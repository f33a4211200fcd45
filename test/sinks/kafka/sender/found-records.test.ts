import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { FoundRecords } from '../../../../src/sinks/kafka/sender/found-records.js';

test('it has what was added, and nothing else', () => {
  for (let round = 0; round < 50; round++) {
    const found = new FoundRecords();
    const there = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const run = `h/b/${randomInt(2)}/dns`;
      const first = randomInt(200);
      const count = randomInt(1, 9);
      found.add(`${run}/${first}`, count);
      for (let seq = first; seq < first + count; seq++) there.add(`${run}/${seq}`);
    }
    for (let run = 0; run < 3; run++)
      for (let seq = 0; seq < 220; seq++) {
        const key = `h/b/${run}/dns/${seq}`;
        expect(found.has(key)).toBe(there.has(key));
      }
  }
});

test('what is no key of ours is not taken', () => {
  const found = new FoundRecords();
  for (const key of ['', 'abc', 'a/b', '/', 'a/1.5']) found.add(key);
  found.add('a/1', 0);
  expect(found.records).toBe(0);
});

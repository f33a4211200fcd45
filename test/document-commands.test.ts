/** A command that is new in a document has to find its place: it is run (test/package/examples.test.ts), another suite runs it, or it says why not. */
import { expect, test } from 'vitest';
import { NOT_RUN, RUN_ELSEWHERE } from './package/support/other-examples.js';
import { commands, documents, isConntrail, read } from './support/doc-examples.js';

test('every command in the documents is run, or has a reason not to be', () => {
  const all = documents().flatMap(commands);
  expect(all.length).toBeGreaterThan(50);
  const unknown = all.filter(({ text }) => !isConntrail(text) && !RUN_ELSEWHERE.has(text) && !NOT_RUN.has(text));
  expect(unknown).toEqual([]);
  for (const [command, [file, proof]] of RUN_ELSEWHERE) expect(read(file), command).toContain(proof);
  const shown = new Set(all.map(({ text }) => text));
  expect([...RUN_ELSEWHERE.keys(), ...NOT_RUN.keys()].filter((command) => !shown.has(command))).toEqual([]);
});

/** The self-test's connections: nobody's traffic, in this tracer's output and in that of another on the same host. */
import { expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { expectClosedLedger } from './support/ledger.js';
import { Observer } from './support/observe.js';
import { readOutput } from './support/output.js';
import { unbroken } from './support/sums.js';

/** What a run without a word to say about its self-test adds up to. */
const SUMS = /(\d+) connections closed in [\d.]+ s: (\d+) written, 0 filtered, 0 held, (\d+) lost$/m;

test('two tracers do not show each other’s, and count no connection of a self-test as filtered', async (context) => {
  need(context, 'live', lacksLive());
  await inFolder(async (first) => {
    await inFolder(async (second) => {
      const eldest = await Observer.start(first, '--interval', '100ms');
      const younger = await Observer.start(second, '--interval', '100ms');
      const pids = [eldest.pid, younger.pid];
      for (const observer of [younger, eldest]) {
        const { status, errors } = await observer.stop();
        expect(status, errors).toBe(0);
        const output = readOutput(observer.output);
        const sums = expectClosedLedger(output);
        const theirs = output.connections.filter(({ process }) => process !== null && pids.includes(process.pid));
        expect(theirs).toEqual([]);
        const [, closed, written, lost] = SUMS.exec(unbroken(errors))?.map(Number) ?? [];
        // Of others' traffic, what closed while this kernel ran no tracing; nothing else may be lost.
        const { unseen = 0, recursion = 0 } = sums.causes;
        expect([closed, written, lost], errors).toEqual([sums.given + sums.lost, sums.given, unseen + recursion]);
        // Four ends of its own; the first one saw those of the second one, too.
        expect(sums.selfTest).toBeGreaterThanOrEqual(observer === eldest ? 8 : 4);
      }
    });
  });
});

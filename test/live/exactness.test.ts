/**
 * Nothing is missing, nothing is too much, and every number is right: the output of the real command against what the generator's applications
 * know of their own sockets.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { compare, report } from './support/comparison.js';
import { buildGenerator, runGenerator } from './support/generator.js';
import { expectClosedLedger, expectNoLoss } from './support/ledger.js';
import { Observer, run } from './support/observe.js';
import { readOutput } from './support/output.js';
import { expectKernelAgrees } from './support/snmp.js';

const SCENARIOS = ['loopback', 'veth'] as const;
const TRANSPORTS = ['ring', 'perf'] as const;

/** So that connections that last meet several flushes. */
const RATE = 4000;

beforeAll(() => buildGenerator());

describe.each(SCENARIOS)('%s', (scenario) => {
  test.for(TRANSPORTS)('%s: every socket end, once and exactly', async (transport, context) => {
    need(context, 'live', lacksLive());
    await inFolder(async (folder) => {
      const files = join(folder, 'files');
      const recording = join(folder, 'run.ctr');
      const observer = await Observer.start(
        folder,
        ...['--interval', '1s', '--transport', transport, '--to', files, '--record', recording],
      );
      const expected = await runGenerator(join(folder, 'list'), { scenario, rate: RATE });
      const { status, errors } = await observer.stop();
      const output = readOutput(observer.output);

      expect(report(compare(expected, output.connections))).toBe('');
      expectNoLoss(output);
      expectClosedLedger(output);
      expectKernelAgrees(expected, output);
      expect(status, errors).toBe(0);

      for (const path of [files, recording]) {
        const verified = await run('verify', path);
        expect(verified.status, `${verified.stdout} ${verified.errors}`).toBe(0);
      }
    });
  });
});

import { expect, test } from 'vitest';
import type { LiveOptions } from '../../src/cli/live-options.js';
import { checkOptions } from '../../src/cli/live-settings.js';

const OPTIONS: LiveOptions = {
  interval: 1000,
  transport: 'auto',
  ringSize: 1 << 22,
  maxConnections: 1 << 20,
  udpFlows: 1 << 18,
};

test('what cannot be is told in the words of the command line', () => {
  expect(() => checkOptions(OPTIONS, {})).not.toThrow();
  expect(() => checkOptions({ ...OPTIONS, interval: 99, ringSize: 3 << 20 }, {})).toThrow(
    expect.objectContaining({
      code: 'CONNTRAIL_OPTION',
      message:
        'Correct these options: --ring-size: must be a power of two; --interval: must be a whole number of ms from 100 to 3600000.',
    }),
  );
});

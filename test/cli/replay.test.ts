import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runReplay } from '../../src/cli/replay.js';
import { encodeStart } from '../../src/recording/format.js';
import { encodeHeader } from '../../src/recording/header.js';
import { HEADER, temporaryFolder } from '../recording/helpers.js';

test('filters that a recording cannot have been made with are damage, not a defect', async () => {
  const path = join(temporaryFolder(), 'a.ctr');
  const options = { ...HEADER.options, filters: { pid: ['abc'] } };
  writeFileSync(path, encodeStart(encodeHeader({ ...HEADER, options })));
  const run = runReplay(path, {
    pace: 'fast',
    filter: {},
    output: 'ndjson',
    color: 'auto',
    rotateSize: 1 << 20,
    rotateEvery: 1000,
    codec: 'null',
  });
  await expect(run).rejects.toMatchObject({
    code: 'CONNTRAIL_DAMAGED',
    message: expect.stringContaining('abc is not a process id'),
  });
});

import { spawnSync } from 'node:child_process';
import type { ExpectStatic } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { COMMAND } from '../live/support/checkout.js';

/** Nothing is unaccounted for. Run here, where it takes no time. */
export function checkVerify(expect: ExpectStatic, path: string): void {
  const { status, stdout, stderr } = spawnSync(COMMAND, ['verify', path], { encoding: 'utf8' });
  expect.soft(status, `${stdout}${stderr}`).toBe(EXIT.ok);
}

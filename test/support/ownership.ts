/**
 * Suites that need root build their helpers and keep vitest's cache in the checkout. When the checkout is somebody else's, what they
 * made goes to its owner in the end, or that user could no longer build or test.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function teardown(): void {
  if (process.getuid?.() !== 0) return;
  execFileSync(fileURLToPath(new URL('../../scripts/as-owner', import.meta.url)), ['--mend']);
}

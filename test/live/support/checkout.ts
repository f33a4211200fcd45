import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this checkout, with a slash. */
export const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

/** The command as a user of the checkout has it. */
export const COMMAND = `${CHECKOUT}bin/conntrail`;

/** Calls `body` with a new folder, which is gone afterwards; kept, and named, when `body` fails and CONNTRAIL_KEEP is set. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'conntrail-live-'));
  try {
    const result = await body(folder);
    rmSync(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (process.env.CONNTRAIL_KEEP === undefined) rmSync(folder, { recursive: true, force: true });
    else console.log(`kept: ${folder}`);
    throw error;
  }
}

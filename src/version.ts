import { readFileSync } from 'node:fs';

/** conntrail's own version, from package.json: `dist/` and `src/` lie at the same depth in it. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

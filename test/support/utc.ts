import { afterAll, beforeAll } from 'vitest';

/** Times of day are those of UTC in the tests around it. */
export function inUtc(): void {
  const zone = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = 'UTC';
  });
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
}

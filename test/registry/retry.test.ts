import { expect, test } from 'vitest';
import { RegistryError } from '../../src/registry/registry-error.js';
import { MAX_WAIT_MS, withRetries } from '../../src/registry/retry.js';

const failing = (afterMs: number | null = null) =>
  new RegistryError('CONNTRAIL_REGISTRY_FAILING', 'it fails', {}, afterMs);

/** The waits of a call whose every try throws `error`. */
async function waits(error: Error, attempts: number, random: () => number): Promise<number[]> {
  const waited: number[] = [];
  const options = { attempts, random, wait: async (ms: number) => void waited.push(ms) };
  await expect(withRetries(() => Promise.reject(error), options)).rejects.toBe(error);
  return waited;
}

test('waits a random part of a time that doubles', async () => {
  expect(await waits(failing(), 5, () => 0.5)).toEqual([100, 200, 400, 800]);
  expect(await waits(failing(), 3, () => 0)).toEqual([0, 0]);
});

test('waits as long as it was asked to, but never beyond the bound', async () => {
  expect(await waits(failing(3000), 2, () => 0.5)).toEqual([3000]);
  expect(await waits(failing(86_400_000), 2, () => 0.5)).toEqual([MAX_WAIT_MS]);
  expect(Math.max(...(await waits(failing(), 20, () => 0.999)))).toBe(MAX_WAIT_MS);
});

test('tries once what another try would not change', async () => {
  expect(await waits(new RegistryError('CONNTRAIL_REGISTRY_SCHEMA', 'invalid'), 5, () => 1)).toEqual([]);
  expect(await waits(new TypeError('a bug'), 5, () => 1)).toEqual([]);
});

import type { RecordIdentity } from '../encoding/record-identity.js';
import { finish, mix } from './mix.js';

const WORDS = 4;

/**
 * Seeds of hashes: words that nobody outside the host knows, since they come of its boot id and of when the run began, to the µs; the same in a
 * replay.
 */
export function seedOf({ bootId, run }: RecordIdentity): Uint32Array {
  let h = mix(run >>> 0, Math.floor(run / 2 ** 32));
  for (const byte of bootId) h = mix(h, byte);
  return Uint32Array.from({ length: WORDS }, (_, i) => finish(mix(h, i)));
}

import { ConntrailError } from '../errors.js';
import { putAscii } from './string-output.js';
import { wideView } from './wide-output.js';

/** Most characters of a double: `-2.2250738585072014e-308`. */
export const MAX_DOUBLE_BYTES = 24;

/** Writes an Avro double. @throws ConntrailError CONNTRAIL_RECORD when it is not finite: JSON has no such number */
export function putDouble(out: Uint8Array, pos: number, value: number): number {
  wideView(out).setFloat64(pos, finite(value), true);
  return pos + 8;
}

/** Writes the shortest decimal number that is this double. @throws ConntrailError CONNTRAIL_RECORD when it is not finite */
export function putDoubleJson(out: Uint8Array, pos: number, value: number): number {
  return putAscii(out, pos, String(finite(value)));
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new ConntrailError('CONNTRAIL_RECORD', `A record cannot be encoded: ${value} is no number; report this.`);
}

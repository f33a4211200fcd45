import { ConntrailError } from '../errors.js';
import { jsonBytes } from './json-text.js';
import { MAX_BOOT_ID_BYTES, MAX_HOST_BYTES, type RecordIdentity } from './record-identity.js';
import { putAvroString } from './string-output.js';
import { MAX_LONG_BYTES, putNumber } from './varint.js';
import { wideText } from './wide-text.js';

/** Doubles of a prefix that the encoders store without a loop: room for a host name of 20 bytes. */
export const PREFIX_DOUBLES = 8;

/** The bytes every record of a host begins with, ready to be stored eight at a time. */
export interface RecordPrefix {
  /** At least PREFIX_DOUBLES. */
  doubles: Float64Array;
  length: number;
  /** What it was made of: another array means another prefix. */
  host: Uint8Array | null;
  bootId: Uint8Array | null;
  run: number;
}

export function emptyPrefix(): RecordPrefix {
  return { doubles: new Float64Array(PREFIX_DOUBLES), length: 0, host: null, bootId: null, run: 0 };
}

function fill(prefix: RecordPrefix, s: RecordIdentity, parts: Uint8Array[]): void {
  const bytes = Buffer.concat(parts);
  prefix.doubles = wideText(bytes, PREFIX_DOUBLES);
  prefix.length = bytes.length;
  prefix.host = s.host;
  prefix.bootId = s.bootId;
  prefix.run = s.run;
}

/** Refuses what would not fit the sizes the encoders promise. */
function check(s: RecordIdentity): void {
  if (s.host.length > MAX_HOST_BYTES || s.bootId.length > MAX_BOOT_ID_BYTES) {
    throw new ConntrailError(
      'CONNTRAIL_OPTION',
      `Give a host name of at most ${MAX_HOST_BYTES} bytes and a boot id of at most ${MAX_BOOT_ID_BYTES}.`,
    );
  }
}

function avroString(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(3 * text.length + 10);
  return bytes.subarray(0, putAvroString(bytes, 0, new TextDecoder().decode(text)));
}

function avroLong(value: number): Uint8Array {
  const bytes = new Uint8Array(MAX_LONG_BYTES);
  return bytes.subarray(0, putNumber(bytes, 0, value));
}

/** Fields host and boot_id as Avro strings, run as a long. */
export function fillAvroPrefix(prefix: RecordPrefix, s: RecordIdentity): void {
  check(s);
  fill(prefix, s, [avroString(s.host), avroString(s.bootId), avroLong(s.run)]);
}

/** The start of the line up to the end of run. */
export function fillJsonPrefix(prefix: RecordPrefix, s: RecordIdentity, record: string): void {
  check(s);
  fill(prefix, s, [
    Buffer.from(`{"record":"${record}","host":`),
    jsonBytes(s.host),
    Buffer.from(',"boot_id":'),
    jsonBytes(s.bootId),
    Buffer.from(`,"run":${s.run}`),
  ]);
}

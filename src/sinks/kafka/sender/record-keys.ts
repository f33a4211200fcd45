import { MAX_LONG_BYTES } from '../../../encoding/varint.js';

/** Digits of the largest number that a double holds exactly. */
const MAX_DIGITS = 16;
const SLASH = 0x2f;
const ZERO = 0x30;

/** What a record's identity is made of, as its schema has it: two strings and a long, longs between, and its running number. */
const RUN_FIELDS = ['host', 'boot_id', 'run'] as const;

/**
 * The key of each record of one type, `host/boot_id/run/series/seq`, read from its Avro bytes: nothing else in the topic has it. What the
 * records of a run begin with is read once.
 */
export class RecordKeys {
  readonly #series: Buffer;
  /** Longs between `run` and `seq`. */
  readonly #between: number;
  /** Bytes that the record before began with: host, boot_id and run. */
  #prefix: Uint8Array = new Uint8Array(0);
  #text = Buffer.alloc(0);
  #textEnd = 0;
  /** Views of the text by their length, so that none is made for each record. */
  #views: Buffer[] = [];
  /** Running number of the record that was read last. */
  seq = 0;
  /** Which of the runs that were seen it is of. */
  run = 0;

  private constructor(series: string, between: number) {
    this.#series = Buffer.from(series);
    this.#between = between;
  }

  /** null: the records of this schema do not say which one they are. */
  static of(series: string, schema: string): RecordKeys | null {
    let fields: { name?: unknown; type?: unknown }[];
    try {
      fields = (JSON.parse(schema) as { fields: typeof fields }).fields;
      const at = fields.findIndex(({ name }) => name === 'seq');
      const types = fields.slice(0, at + 1).map(({ type }) => primitive(type));
      const ours = RUN_FIELDS.every((name, i) => fields[i]!.name === name && types[i] === (i < 2 ? 'string' : 'long'));
      const longs = types.slice(RUN_FIELDS.length).every((type) => type === 'long' || type === 'int');
      return at >= RUN_FIELDS.length && ours && longs ? new RecordKeys(series, at - RUN_FIELDS.length) : null;
    } catch {
      return null;
    }
  }

  /** Reads whose record this is; false when the bytes end before that. */
  read(bytes: Uint8Array): boolean {
    if (!this.#sameRun(bytes) && !this.#learn(bytes)) return false;
    let at = this.#prefix.length;
    for (let i = 0; i < this.#between; i++) at = skipLong(bytes, at);
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_LONG_BYTES; i++) {
      // Behind the end there is nothing, which is no digit.
      const byte = bytes[at + i];
      if (byte === undefined) return false;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.seq = value / 2;
        return value % 2 === 0 && Number.isSafeInteger(this.seq);
      }
      scale *= 128;
    }
    return false;
  }

  /** Key of the record that was read last. It is a view: the next one overwrites it. */
  key(): Buffer {
    const text = this.#text;
    let digits = 1;
    for (let rest = this.seq; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    const end = this.#textEnd + digits;
    let rest = this.seq;
    for (let at = end - 1; at >= this.#textEnd; at--) {
      const tens = Math.floor(rest / 10);
      text[at] = ZERO + (rest - tens * 10);
      rest = tens;
    }
    this.#views[digits] ??= text.subarray(0, end);
    return this.#views[digits]!;
  }

  #sameRun(bytes: Uint8Array): boolean {
    const prefix = this.#prefix;
    if (prefix.length === 0 || bytes.length < prefix.length) return false;
    // The end of it, when a run began, tells most apart.
    for (let i = prefix.length - 1; i >= 0; i--) if (bytes[i] !== prefix[i]) return false;
    return true;
  }

  #learn(bytes: Uint8Array): boolean {
    const host = textAt(bytes, 0);
    const boot = host === null ? null : textAt(bytes, host.end);
    const run = boot === null ? null : numberAt(bytes, boot.end);
    if (run === null) return false;
    this.#prefix = bytes.slice(0, run.end);
    this.run++;
    const slash = Buffer.of(SLASH);
    const parts = [host!.text, slash, boot!.text, slash, Buffer.from(String(run.value)), slash, this.#series, slash];
    this.#text = Buffer.concat([...parts, Buffer.alloc(MAX_DIGITS)]);
    this.#textEnd = this.#text.length - MAX_DIGITS;
    this.#views = [];
    return true;
  }
}

/** `long`, also of `{"type": "long", "bits": 64}`; undefined for what is none. */
function primitive(type: unknown): string | undefined {
  if (typeof type === 'string') return type;
  const inner = (type as { type?: unknown } | null)?.type;
  return typeof inner === 'string' ? inner : undefined;
}

function skipLong(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end]! >= 0x80) end++;
  return end + 1;
}

/** A long as it is exactly; null when the bytes end first. */
function numberAt(bytes: Uint8Array, at: number): { value: bigint; end: number } | null {
  let value = 0n;
  for (let i = 0; i < MAX_LONG_BYTES && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)), end: at + i + 1 };
  }
  return null;
}

function textAt(bytes: Uint8Array, at: number): { text: Uint8Array; end: number } | null {
  const length = numberAt(bytes, at);
  if (length === null || length.value < 0n || length.value > bytes.length - length.end) return null;
  const end = length.end + Number(length.value);
  return { text: bytes.subarray(length.end, end), end };
}

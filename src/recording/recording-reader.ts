import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ConntrailError } from '../errors.js';
import { unreadable } from '../files/regular-file.js';
import {
  addBlock,
  BLOCK_HEAD_BYTES,
  BLOCK_MARK,
  blockCrc,
  decodeTrailer,
  FORMAT_VERSION,
  MAGIC,
  MAX_BLOCK_BYTES,
  MAX_HEADER_BYTES,
  NO_TOTALS,
  PREAMBLE_BYTES,
  padded,
  type Totals,
  TRAILER_BYTES,
  TRAILER_MARK,
} from './format.js';
import { decodeHeader, type RecordedConnections, type RecordingHeader, recordedConnections } from './header.js';
import { CORE, LAYOUTS, type MissingFeature, missingFeatures } from './layouts.js';

/** One whole block whose checksum holds. `payload` is overwritten by the next block. */
export interface RecordedBlock {
  payload: Uint8Array;
  frames: number;
}

/**
 * Reads a recording from its start, block by block, never more than one in memory. Anything sequential will do: a file, a pipe.
 */
export class RecordingReader {
  readonly path: string;
  readonly header: RecordingHeader;
  /** The options that connections were recorded with; undefined when they did not run, or are missing. */
  readonly connections: RecordedConnections | undefined;
  /** Features that ran when it was recorded and that this build cannot replay. Their frames are in the blocks all the same. */
  readonly missing: readonly MissingFeature[];
  readonly #file: FileHandle;
  readonly #totals: Totals = { ...NO_TOTALS };
  #payload = new Uint8Array(0);
  #complete = false;
  #tail = 0;

  private constructor(path: string, file: FileHandle, header: RecordingHeader) {
    this.path = path;
    this.#file = file;
    this.header = header;
    this.missing = missingFeatures(Object.keys(header.features), header.layouts);
    this.connections = recordedConnections(header, path);
  }

  /**
   * Opens a recording and reads its header.
   *
   * @throws ConntrailError CONNTRAIL_IO; CONNTRAIL_FORMAT when it is no recording, CONNTRAIL_VERSION or CONNTRAIL_LAYOUT
   *   when another conntrail wrote it, CONNTRAIL_DAMAGED when the header's checksum does not hold.
   */
  static async open(path: string): Promise<RecordingReader> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'r');
      return new RecordingReader(path, file, await readHeader(path, file));
    } catch (cause) {
      await file?.close();
      throw unreadable(path, cause);
    }
  }

  /** What the blocks read so far hold. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** After the last block: whether the trailer was there and agreed. False = writing was cut short. */
  get complete(): boolean {
    return this.#complete;
  }

  /** After the last block: bytes of a torn block or trailer at the end of the file, which were not used. */
  get tail(): number {
    return this.#tail;
  }

  /**
   * The next whole block, or null at the end.
   *
   * @throws ConntrailError CONNTRAIL_DAMAGED when a checksum, an order or the trailer's totals do not hold;
   *   CONNTRAIL_IO when reading fails.
   */
  async next(): Promise<RecordedBlock | null> {
    if (this.#complete || this.#tail > 0) return null;
    const head = new Uint8Array(BLOCK_HEAD_BYTES);
    const got = await this.#read(head);
    if (got < BLOCK_HEAD_BYTES) {
      this.#tail = got;
      return null;
    }
    const view = new DataView(head.buffer);
    const mark = view.getUint32(0, true);
    if (mark === TRAILER_MARK) return this.#finish(head);
    const length = view.getUint32(4, true);
    const frames = view.getUint32(8, true);
    const { blocks } = this.#totals;
    if (mark !== BLOCK_MARK || length > MAX_BLOCK_BYTES || length % 8 !== 0 || view.getUint32(20, true) !== 0) {
      throw this.#damaged(`what follows block ${blocks} is no block`);
    }
    if (view.getUint32(12, true) !== blocks) throw this.#damaged(`block ${blocks} is missing`);
    if (this.#payload.byteLength < length) this.#payload = new Uint8Array(length);
    const payload = this.#payload.subarray(0, length);
    const filled = await this.#read(payload);
    if (filled < length) {
      this.#tail = BLOCK_HEAD_BYTES + filled;
      return null;
    }
    const crc = blockCrc(head, payload);
    if (crc !== view.getUint32(16, true)) throw this.#damaged(`the checksum of block ${blocks} does not hold`);
    addBlock(this.#totals, frames, length, crc);
    return { payload, frames };
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async #finish(head: Uint8Array): Promise<null> {
    const trailer = new Uint8Array(TRAILER_BYTES);
    trailer.set(head);
    const got = await this.#read(trailer.subarray(BLOCK_HEAD_BYTES));
    if (BLOCK_HEAD_BYTES + got < TRAILER_BYTES) {
      this.#tail = BLOCK_HEAD_BYTES + got;
      return null;
    }
    const said = decodeTrailer(trailer);
    if (said === null) throw this.#damaged("the trailer's checksum does not hold");
    const { blocks, frames, bytes, crc } = this.#totals;
    if (said.blocks !== blocks || said.frames !== frames || said.bytes !== bytes || said.crc !== crc) {
      const sentence = `the trailer counts ${said.frames} frames in ${said.blocks} blocks, the file holds ${frames} in ${blocks}`;
      throw this.#damaged(sentence);
    }
    if ((await this.#read(new Uint8Array(1))) > 0) throw this.#damaged('something follows the trailer');
    this.#complete = true;
    return null;
  }

  async #read(into: Uint8Array): Promise<number> {
    try {
      return await readFully(this.#file, into);
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }

  #damaged(what: string): ConntrailError {
    return new ConntrailError('CONNTRAIL_DAMAGED', `${this.path} is damaged: ${what}; use an intact copy`);
  }
}

/** Fills `into` from the file's current position; fewer bytes only at the end of the file. */
async function readFully(file: FileHandle, into: Uint8Array): Promise<number> {
  let done = 0;
  while (done < into.byteLength) {
    const { bytesRead } = await file.read(into, done, into.byteLength - done, null);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function readHeader(path: string, file: FileHandle): Promise<RecordingHeader> {
  const preamble = new Uint8Array(PREAMBLE_BYTES);
  const got = await readFully(file, preamble);
  if (got < PREAMBLE_BYTES || MAGIC.some((byte, i) => preamble[i] !== byte)) {
    throw new ConntrailError(
      'CONNTRAIL_FORMAT',
      `${path} is not a conntrail recording; name a file that \`conntrail record\` wrote`,
    );
  }
  const view = new DataView(preamble.buffer);
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) {
    const sentence = `${path} has recording format ${version}, this conntrail reads ${FORMAT_VERSION}; use the version that wrote it`;
    throw new ConntrailError('CONNTRAIL_VERSION', sentence);
  }
  const length = view.getUint32(12, true);
  const json = new Uint8Array(length <= MAX_HEADER_BYTES ? padded(length) : 0);
  const whole = json.byteLength > 0 && (await readFully(file, json)) === json.byteLength;
  const text = json.subarray(0, length);
  const rest = view.getUint32(20, true) !== 0 || json.subarray(length).some((byte) => byte !== 0);
  if (!whole || rest || crc32(text) !== view.getUint32(16, true)) {
    const sentence = `the header of ${path} is cut off or its checksum does not hold; use an intact copy`;
    throw new ConntrailError('CONNTRAIL_DAMAGED', sentence);
  }
  const header = decodeHeader(text, path);
  const { layouts, conntrail } = header;
  if (layouts[CORE] !== LAYOUTS[CORE]) {
    const sentence = `${path} holds layout ${layouts[CORE]}, this conntrail decodes ${LAYOUTS[CORE]}; replay it with conntrail ${conntrail}`;
    throw new ConntrailError('CONNTRAIL_LAYOUT', sentence);
  }
  return header;
}

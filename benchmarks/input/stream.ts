import { BATCH, BATCH_CAPACITY, CONN, KIND, PAGE, SINGLE, SNAPSHOT_MARK } from '../../src/connections/layout.gen.js';
import { CLOCK, CORE_KIND } from '../../src/frames/layout.gen.js';
import { FrameFile } from './frame-file.js';
import { Population } from './population.js';
import { Random } from './random.js';

/** What an input is made of. The same numbers give the same bytes. */
export interface InputShape {
  /** Records in all, repeated readings not counted. */
  records: number;
  /** Connections open at a time. */
  connections: number;
  /** Records per frame: BATCH_CAPACITY for whole pages, fewer for partial batches, 1 for single records. */
  perFrame: number;
}

const CPUS = 8;
/** Records between two snapshots: a tenth of a second at a million a second. */
const SNAPSHOT_EVERY = 100_000;
const RECORD_NS = 10_000;
const BOOT_NS = 3e14;
/** UTC of the boot in µs, a Tuesday in 2026. */
const WALL_OFFSET_US = 1_790_000_000_000_000;
const HIGH = 4294967296;
/** Rows of a snapshot that fit a page. */
const ROWS = Math.floor(PAGE / CONN.size);

/**
 * Writes the synthetic input: frames as the live reader makes them. After each open connection was shown once, six records of ten are
 * rows of open connections, the others closes: of one that was shown, which a new one replaces, or of one that came and went between
 * two snapshots. Batches repeat: 1 in 100 is delivered twice, 1 in 100 was read half full before; a few closes come twice and a few
 * rows after their close.
 */
export class InputStream {
  readonly #shape: InputShape;
  readonly #random: Random;
  readonly #population: Population;
  readonly #file: FrameFile;
  readonly #page = new Uint8Array(PAGE);
  readonly #view = new DataView(this.#page.buffer);
  readonly #ids = new Uint32Array(CPUS);
  /** The last close of this snapshot interval, to be repeated or followed by a late row. */
  readonly #recent = new Uint8Array(CONN.size);
  #hasRecent = false;
  /** Places whose connection closed: the next rows show what came instead. */
  readonly #replaced: number[] = [];
  #records = 0;
  #snapshot = 0;
  #markNs = 0;
  #shown = 0;

  constructor(path: string, shape: InputShape, seed = 20_240_607) {
    this.#shape = shape;
    this.#random = new Random(seed);
    this.#population = new Population(shape.connections, this.#random);
    this.#file = new FrameFile(path);
  }

  /** @returns frames written */
  write(): number {
    this.#mark(CORE_KIND.clock);
    while (this.#records < this.#shape.records) {
      if (Math.floor(this.#records / SNAPSHOT_EVERY) >= this.#snapshot) this.#nextSnapshot();
      if (this.#shown < this.#shape.connections || this.#random.below(10) < 6) this.#rows();
      else this.#closes();
    }
    this.#mark(KIND.snapshot_end);
    this.#file.close();
    return this.#file.frames;
  }

  get #nowNs(): number {
    return BOOT_NS + this.#records * RECORD_NS;
  }

  #nextSnapshot(): void {
    if (this.#snapshot > 0) {
      this.#mark(KIND.snapshot_end);
      this.#mark(CORE_KIND.clock);
    }
    this.#snapshot++;
    this.#mark(KIND.snapshot_begin);
    this.#hasRecent = false;
  }

  #mark(kind: number): void {
    // Begin and end of a snapshot carry the time of its beginning.
    if (kind !== KIND.snapshot_end) this.#markNs = this.#nowNs;
    this.#put64(0, this.#markNs);
    if (kind === CORE_KIND.clock) this.#put64(CLOCK.wall_offset_us, WALL_OFFSET_US);
    else {
      this.#view.setUint32(SNAPSHOT_MARK.id, this.#snapshot, true);
      this.#view.setUint32(SNAPSHOT_MARK.full, 0, true);
    }
    this.#file.write(kind, this.#page.subarray(0, SNAPSHOT_MARK.size), 0, this.#nowNs);
  }

  #rows(): void {
    const rows = Math.min(ROWS, this.#shape.perFrame);
    const { connections } = this.#shape;
    for (let i = 0; i < rows; i++) {
      const at = i * CONN.size;
      if (this.#hasRecent && this.#random.once(300)) {
        this.#page.set(this.#recent, at);
        this.#page[at + CONN.state] = 0;
        continue;
      }
      const place =
        this.#shown < connections ? this.#shown++ : (this.#replaced.pop() ?? this.#random.below(connections));
      if (!this.#population.isKnown(place)) this.#population.begin(place, this.#nowNs);
      else if (!this.#random.once(200)) this.#population.grow(place);
      this.#population.write(this.#view, at, place, this.#nowNs, false);
      this.#records++;
    }
    this.#file.write(KIND.snapshot, this.#page.subarray(0, rows * CONN.size), 0, this.#nowNs);
  }

  #closes(): void {
    const { perFrame } = this.#shape;
    if (perFrame === 1 || this.#random.once(200)) {
      this.#page.fill(0, 0, SINGLE.record);
      this.#view.setUint32(SINGLE.cpu, this.#random.below(CPUS), true);
      this.#close(SINGLE.record);
      this.#file.write(KIND.single, this.#page.subarray(0, SINGLE.size), 1, this.#nowNs);
      return;
    }
    const whole = perFrame === BATCH_CAPACITY;
    const cpu = this.#random.below(CPUS);
    const id = ++this.#ids[cpu]!;
    this.#page.fill(0, 0, BATCH.records);
    this.#view.setUint32(BATCH.head_id, id, true);
    this.#view.setUint32(BATCH.head_id + 4, cpu << 16, true);
    this.#view.setUint32(BATCH.cpu, cpu, true);
    this.#view.setUint32(BATCH.tail_id, id, true);
    this.#view.setUint32(BATCH.tail_id + 4, cpu << 16, true);
    for (let i = 0; i < perFrame; i++) this.#close(BATCH.records + i * CONN.size);
    const half = perFrame >>> 1;
    const readHalf = this.#random.once(100);
    if (readHalf) this.#batch(KIND.pending, half, half);
    this.#batch(whole ? KIND.batch : KIND.pending, perFrame, readHalf ? perFrame - half : perFrame);
    // A reader that knows the batch says so; one that began anew does not.
    if (this.#random.once(100)) {
      this.#batch(whole ? KIND.batch : KIND.pending, perFrame, this.#random.once(2) ? 0 : perFrame);
    }
  }

  #batch(kind: number, length: number, fresh: number): void {
    this.#view.setUint32(BATCH.len, length, true);
    const size = kind === KIND.batch ? PAGE : BATCH.records + length * CONN.size;
    this.#file.write(kind, this.#page.subarray(0, size), fresh, this.#nowNs);
  }

  #close(at: number): void {
    const population = this.#population;
    if (this.#hasRecent && this.#random.once(300)) {
      this.#page.set(this.#recent, at);
      return;
    }
    let place = population.passing;
    if (this.#random.below(8) < 3) place = this.#random.below(this.#shape.connections);
    if (!population.isKnown(place)) {
      place = population.passing;
      population.begin(place, this.#nowNs);
    } else population.grow(place);
    population.write(this.#view, at, place, this.#nowNs, true);
    if (place !== population.passing) this.#replaced.push(place);
    population.forget(place);
    this.#recent.set(this.#page.subarray(at, at + CONN.size));
    this.#hasRecent = true;
    this.#records++;
  }

  #put64(at: number, value: number): void {
    const high = Math.floor(value / HIGH);
    this.#view.setUint32(at, value - high * HIGH, true);
    this.#view.setUint32(at + 4, high, true);
  }
}

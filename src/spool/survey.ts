import type { Checkpoint } from './checkpoint.js';
import { CheckpointFile, damagedSlots } from './checkpoint-file.js';
import { readFormat, refuseNewer } from './format-file.js';
import { quarantined } from './quarantine.js';
import { MAX_SEGMENT_BYTES } from './segment-format.js';
import { scanBlocks } from './segment-scan.js';
import { firstOf, segmentStart } from './segment-start.js';
import { SpoolBlock } from './spool-block.js';
import { listSegments, NAMES, readWhole, type SpoolFiles, segmentName, segmentNumber } from './spool-files.js';
import { TypeCounts } from './type-counts.js';
import { TypeTables } from './type-tables.js';
import { readWatermark, type Watermark } from './watermark.js';

/** Something of a spool that is not what was written. */
export interface Damage {
  file: string;
  /** seqs of the records that are lost by it; null: none, or nobody knows. */
  first: number | null;
  last: number | null;
  /** `is damaged`, behind the name of the file. */
  what: string;
}

export interface SegmentSurvey {
  file: string;
  number: number;
  bytes: number;
  /** seq of the first record and of the last one that can be read; null: none. */
  first: number | null;
  last: number | null;
  /** Records that can be read, and of them those without an outcome. */
  records: TypeCounts;
  open: TypeCounts;
  /** Avro bytes by record type. */
  sizes: Map<string, number>;
  /** When its first and its last block were handed over, ms since 1970; null: there is none. */
  from: number | null;
  to: number | null;
  /** Bytes behind what is synced: of a writer at work, or of one that was killed. */
  unsynced: number;
}

/** All of a spool, as it is. */
export interface SpoolSurvey {
  format: number | null;
  checkpoint: Checkpoint | null;
  /** seq of the next record to come, as far as can be told. */
  next: number;
  segments: SegmentSurvey[];
  /** Records without an outcome that can be read, and that cannot. */
  resident: TypeCounts;
  lost: number;
  damage: Damage[];
  /** Names of what is not the spool's: never opened. */
  foreign: string[];
  /** Files that were put aside. */
  quarantined: number;
  /** Such files that were removed for want of room. */
  quarantineRemoved: number;
}

/**
 * Reads every byte of a spool, and changes none. It may be in use meanwhile: what comes later is not looked at, what is removed was settled.
 *
 * @throws ConntrailError CONNTRAIL_VERSION; what reading throws
 */
export async function surveySpool(files: SpoolFiles): Promise<SpoolSurvey> {
  const format = await readFormat(files);
  refuseNewer(files.path, format);
  const mark = await readWatermark(files);
  const damage: Damage[] = [];
  const whole = (file: string, what: string) => damage.push({ file, first: null, last: null, what });
  if (format === null) whole(NAMES.format, 'is missing or damaged');
  if (mark === null) whole(NAMES.synced, 'is missing or damaged');
  const scan = new Scan(files, mark);
  const before = await new CheckpointFile(files).read();
  for (const { number } of await listSegments(files)) await scan.segment(number, before?.lowest ?? 1);
  // Last, so that what was removed meanwhile is known to be settled.
  const checkpoint = await new CheckpointFile(files).read();
  const bad = await damagedSlots(files);
  if (checkpoint === null) whole(NAMES.checkpoint, 'is missing or damaged: what was settled is not known');
  else if (bad > 0) whole(NAMES.checkpoint, 'has a damaged slot');
  scan.finish(checkpoint);
  const entries = await files.list();
  const aside = await quarantined(files);
  const resident = new TypeCounts();
  for (const { open } of scan.segments) resident.add(open);
  return {
    format,
    checkpoint,
    next: scan.expected,
    segments: scan.segments,
    resident,
    lost: scan.lost,
    damage: [...damage, ...scan.damage],
    foreign: entries.filter((entry) => isForeign(entry)).map(({ name }) => name),
    quarantined: aside.files.length,
    quarantineRemoved: aside.removed,
  };
}

function isForeign({ name, kind }: { name: string; kind: string }): boolean {
  if (name === NAMES.quarantine) return kind !== 'folder';
  return kind !== 'file' || (segmentNumber(name) === null && !(Object.values(NAMES) as string[]).includes(name));
}

/** Goes through the segments in order, and notes where seqs are missing. */
class Scan {
  readonly segments: SegmentSurvey[] = [];
  readonly damage: Damage[] = [];
  readonly #files: SpoolFiles;
  readonly #mark: Watermark | null;
  readonly #tables: TypeTables;
  /** seq that is next; 0 before the first segment. */
  expected = 0;
  lost = 0;

  constructor(files: SpoolFiles, mark: Watermark | null) {
    this.#files = files;
    this.#mark = mark;
    this.#tables = new TypeTables(files);
  }

  async segment(number: number, lowest: number): Promise<void> {
    const file = segmentName(number);
    const all = await readWhole(this.#files, file, MAX_SEGMENT_BYTES);
    if (all === null || number > (this.#mark?.segment ?? Infinity)) return;
    const start = segmentStart(all, number);
    this.#tables.learn(start.table);
    const note = (what: string) => this.damage.push({ file, first: null, last: null, what });
    if (start.head === null) note('has a damaged head');
    else if (start.table === null) note('has damaged types');
    refuseNewer(this.#files.path, start.head?.format ?? null);
    const end = number === this.#mark?.segment ? Math.min(this.#mark.offset, all.length) : all.length;
    const stop = await this.#endOf(number);
    const survey: SegmentSurvey = {
      file,
      number,
      bytes: all.length,
      first: null,
      last: null,
      records: new TypeCounts(),
      open: new TypeCounts(),
      sizes: new Map(),
      from: null,
      to: null,
      unsynced: all.length - end,
    };
    if (start.head !== null) this.#reach(start.head.first, file);
    for (const { kind, at, head } of scanBlocks(all, start.blocks, end, number)) {
      if (kind !== 'block' || head.first + head.count > stop || head.first + head.count <= this.expected) continue;
      const table = await this.#tables.find(head.typesCrc);
      const block = table === null ? null : SpoolBlock.parse(all, at, head, table, this.expected);
      if (block === null) continue;
      this.#reach(block.first, file);
      this.expected = block.first + block.count;
      take(survey, block, lowest);
    }
    if (stop !== Infinity) this.#reach(stop, file);
    this.segments.push(survey);
  }

  /** What was promised, or settled, and is not there. */
  finish(checkpoint: Checkpoint | null): void {
    const lowest = checkpoint?.lowest ?? 1;
    const next = Math.max(this.#mark?.next ?? 1, lowest);
    const known = this.#mark === null ? '' : segmentName(this.#mark.segment);
    if (this.expected === 0) this.expected = lowest;
    this.#reach(next, known);
    // Records that are settled are no loss any more, wherever they were.
    const first = this.segments[0]?.first ?? null;
    if (first !== null && first > lowest) this.#miss(lowest, first, this.segments[0]!.file);
    for (const { first, last } of this.damage) {
      if (first !== null && last !== null) this.lost += Math.max(0, last + 1 - Math.max(first, lowest));
    }
  }

  async #endOf(number: number): Promise<number> {
    for (const later of await listSegments(this.#files)) {
      if (later.number <= number || later.number > (this.#mark?.segment ?? Infinity)) continue;
      const first = await firstOf(this.#files, later.number);
      if (first !== null) return first;
    }
    return Infinity;
  }

  #reach(seq: number, file: string): void {
    if (this.expected > 0 && seq > this.expected) this.#miss(this.expected, seq, file);
    this.expected = Math.max(this.expected, seq);
  }

  #miss(first: number, end: number, file: string): void {
    this.damage.push({ file, first, last: end - 1, what: 'is damaged, or one before it is gone' });
  }
}

function take(survey: SegmentSurvey, block: SpoolBlock, lowest: number): void {
  survey.first ??= block.first;
  survey.last = block.first + block.count - 1;
  survey.from ??= block.time;
  survey.to = block.time;
  for (let i = 0; i < block.count; i++) {
    const { name } = block.type(i);
    survey.records.note(name, 1, block.units(i));
    if (block.first + i >= lowest) survey.open.note(name, 1, block.units(i));
    survey.sizes.set(name, (survey.sizes.get(name) ?? 0) + block.bytes(i).length);
  }
}

import type { EarlierRun, SeenFile } from '../sinks/directory/run-links.js';
import type { SeriesFile } from './series-file.js';

/** The files of one run of conntrail. */
export class RunFiles {
  readonly #series = new Map<string, SeriesFile[]>();

  constructor(readonly id: string) {}

  add(file: SeriesFile): void {
    const series = this.#series.get(file.record);
    if (series === undefined) this.#series.set(file.record, [file]);
    else series.push(file);
  }

  /** Those of one record type, in order once `check` was called. */
  of(record: string): readonly SeriesFile[] {
    return this.#series.get(record) ?? [];
  }

  /** The record types it has files of. */
  get records(): string[] {
    return [...this.#series.keys()];
  }

  /** The runs that this one says were there before it. */
  get previous(): readonly EarlierRun[] {
    return this.#first?.previous ?? [];
  }

  /** Whether there is a series of output records, as its headers tell. */
  get accounts(): boolean {
    return this.#first!.accounts;
  }

  get host(): string {
    return this.#first!.host;
  }

  get bootId(): string {
    return this.#first!.bootId;
  }

  get #first(): SeriesFile | undefined {
    return [...this.#series.values()][0]?.[0];
  }

  /** Whether every series is whole and in order, and all headers tell the same of the run. */
  check(fault: (text: string) => void): void {
    for (const [record, series] of this.#series) {
      series.sort((a, b) => a.sequence - b.sequence);
      checkSequence(series, record, fault);
      for (const file of series) this.#link(file, fault);
    }
    const first = this.#first!;
    const said = JSON.stringify(first.previous);
    for (const file of [...this.#series.values()].flat()) {
      if (file.host !== first.host || file.bootId !== first.bootId) {
        fault(`${file.name} is of another host or boot than ${first.name}`);
      }
      if (file.accounts !== first.accounts) fault(`${file.name} tells of another kind of output than ${first.name}`);
      if (JSON.stringify(file.previous) !== said) fault(`${file.name} names other earlier runs than ${first.name}`);
    }
  }

  /** Remembers what somebody says a file began with; false when there is no such file. */
  tell(record: string, { sequence, bytes, crc32 }: SeenFile, by: string): boolean {
    const file = this.of(record).find((each) => each.sequence === sequence);
    if (file === undefined) return false;
    const fault = `its first ${bytes} bytes are not those that ${by} tells of`;
    file.told.push({ end: bytes, crc: Number.parseInt(crc32, 16), fault });
    return true;
  }

  #link({ name, record, sequence, before }: SeriesFile, fault: (text: string) => void): void {
    if ((before?.sequence ?? 0) !== sequence - 1) fault(`${name} does not say how the file before it ended`);
    // One that is missing was told of already.
    else if (before !== null) this.tell(record, before, name);
  }
}

function checkSequence(series: readonly SeriesFile[], record: string, fault: (text: string) => void): void {
  for (const [i, { sequence, name }] of series.entries()) {
    if (sequence === series[i - 1]?.sequence) {
      fault(`${name} is another ${record} file ${sequence}`);
      return;
    }
    if (sequence === i + 1) continue;
    fault(`${record} file ${i + 1} of ${series.at(-1)!.sequence} is missing`);
    return;
  }
}

/** Whether all earlier runs that the runs name are there, as far as they had come. */
export function checkPrevious(runs: ReadonlyMap<string, RunFiles>, fault: (text: string) => void): void {
  for (const { id, previous } of runs.values()) {
    for (const { run, last } of previous) {
      const earlier = runs.get(run);
      if (earlier === undefined) {
        fault(`run ${run} is missing: run ${id} came after it`);
        continue;
      }
      for (const [record, seen] of Object.entries(last)) {
        if (!earlier.tell(record, seen, `run ${id}`))
          fault(`run ${run}: ${record} file ${seen.sequence} is missing: run ${id} came after it`);
      }
    }
  }
}

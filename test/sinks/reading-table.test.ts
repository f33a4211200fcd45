import { beforeEach, expect, test } from 'vitest';
import type { RecordSource, RecordType } from '../../src/encoding/record-type.js';
import { RECORD_TYPES } from '../../src/records.gen.js';
import { ReadingTableWriter } from '../../src/sinks/reading-table-writer.js';
import type { ReadingTable } from '../../src/table/reading-view.js';
import { CollectingSink } from './collecting-sink.js';

const [SHOWN, HIDDEN] = RECORD_TYPES as readonly RecordType<RecordSource>[];

/** The numbers of the last whole reading, in one line. */
class Numbers implements ReadingTable {
  #now: number[] = [];
  #whole: number[] = [];

  take(type: RecordType<never>) {
    return type === SHOWN ? ({ seq }: RecordSource) => void this.#now.push(seq) : null;
  }

  ended(): void {
    this.#whole = this.#now;
    this.#now = [];
  }

  text({ columns }: { columns: number }): string {
    return `${columns}: ${this.#whole.join(' ')}\n`;
  }
}

let sink: CollectingSink;
let writer: ReadingTableWriter;
let write: (seq: number) => void;

beforeEach(() => {
  sink = new CollectingSink();
  writer = new ReadingTableWriter(sink, new Numbers(), () => ({ columns: 80, rows: null }));
  const port = writer.port(SHOWN!)!;
  write = (seq) => port.write({ seq }, 10);
});

test('a table for each reading that is shown; what it does not show, it does not take', () => {
  expect(writer.port(HIDDEN!)).toBeNull();
  write(1);
  write(2);
  writer.ended(false);
  expect(sink.text).toBe('');
  write(3);
  writer.ended(true);
  expect(sink.text).toBe('80: 3\n');
  write(4);
  writer.push();
  expect(sink.text).toBe('80: 3\n');
});

test('records are written with the table that comes after them, those that no table told at the end', () => {
  write(1);
  writer.ended(false);
  write(2);
  expect(sink.counts.of(SHOWN!)).toEqual({ records: 0, units: 0 });
  writer.ended(true);
  expect(sink.counts.of(SHOWN!)).toEqual({ records: 2, units: 20 });
  write(3);
  writer.push();
  expect(sink.counts.of(SHOWN!).records).toBe(2);
  writer.end();
  expect(sink.counts.of(SHOWN!)).toEqual({ records: 3, units: 30 });
  expect(sink.text).toBe('80: 2\n');
});

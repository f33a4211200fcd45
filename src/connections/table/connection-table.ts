import { ColumnLines } from '../../table/column-lines.js';
import type { RecordTable } from '../../table/record-table.js';
import type { ConnectionSource } from '../connection-source.js';
import { CONNECTION } from '../generated/connection-type.js';
import { layout, wideLayout } from './layout.js';
import { RateMemory } from './rates.js';
import { Row } from './row.js';

/** Connections as lines for people. */
export const CONNECTION_TABLE: RecordTable<ConnectionSource> = {
  type: CONNECTION,
  open(style) {
    const row = new Row(style.names === true);
    const rates = new RateMemory();
    const read = (source: ConnectionSource): Row => {
      row.read(source);
      row.rates = rates.note(row, source);
      return row;
    };
    return new ColumnLines(style, (width) => (width === null ? wideLayout() : layout(width)), read);
  },
};

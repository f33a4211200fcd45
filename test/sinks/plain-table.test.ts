/** Tables of several record types in one stream, and the simple one of a list of columns. */
import { expect, test } from 'vitest';
import { CONNECTION_TABLE } from '../../src/connections/table/connection-table.js';
import type { Ledger } from '../../src/ledger/generated/ledger.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { TableWriter } from '../../src/sinks/table-writer.js';
import { plainTable } from '../../src/table/plain-table.js';
import { textWidth } from '../../src/table/text.js';
import { emptyLedger } from '../support/ledger-record.js';
import { CollectingSink } from './collecting-sink.js';
import { connectionsTo, source } from './sources.js';

const TABLE = plainTable<Ledger>(LEDGER, [
  { title: 'NUMBER', least: 6, most: 12, right: true, text: ({ seq }) => String(seq) },
  { title: 'HOST', least: 8, most: 40, cut: 'middle', text: ({ host }) => host },
  { title: 'BOOT', least: 10, most: 36, text: ({ boot_id }) => boot_id },
  { title: 'LAST', least: 4, most: 4, text: () => 'yes' },
]);
const LONG = { ...emptyLedger('a-host-of-a-long-name.example.net', '0b7c1f0e-8a34-4d7c-9f51-b0c6a3c1a001'), seq: 7 };

function lines(columns: number, wide = false): string[] {
  const opened = TABLE.open({ wide, colour: false });
  opened.fit(columns);
  return [opened.header(), opened.line(LONG)];
}

test('a plain table fits every width, and cuts what does not', () => {
  for (let columns = 40; columns <= 260; columns++) {
    for (const line of lines(columns)) expect(textWidth(line.trimEnd())).toBeLessThan(columns);
  }
  expect(lines(30)[1]).toMatch(/^ +7 \S+…\S+ 0b7c1f0e-…\n$/);
  expect(lines(20)[0]).not.toContain('BOOT');
  expect(lines(260)[1]).toContain(`${LONG.host} `);
  expect(lines(40, true)[1]).toContain(LONG.boot_id);
});

/** What stands on the lines: C and L the headers of connections and of the ledger, c and l their records. */
function kindsOf(text: string): string {
  const kind = (line: string) =>
    /REMOTE/.test(line) ? 'C' : /NUMBER/.test(line) ? 'L' : /\d+:\d+:\d+/.test(line) ? 'c' : 'l';
  return text.trimEnd().split('\n').map(kind).join('');
}

test('a header for each type, again when it has scrolled away; types without a table are not shown', () => {
  const shown = (rows: number | null): string => {
    const sink = new CollectingSink();
    const size = () => ({ columns: 80, rows });
    const writer = new TableWriter(sink, [CONNECTION_TABLE, TABLE], { wide: false, colour: false, size });
    const connection = connectionsTo(writer);
    const port = writer.port(LEDGER)!;
    for (let turn = 1; turn < 4; turn++) {
      connection(source({ cookie: turn }));
      connection(source({ cookie: turn + 10 }));
      port.write(LONG, 0);
    }
    writer.push();
    return kindsOf(sink.text);
  };
  expect(shown(null)).toBe('CccLlcclccl');
  // Six lines and that of the cursor.
  expect(shown(7)).toBe('CccLlcCclccLl');
  expect(
    new TableWriter(new CollectingSink(), [TABLE], { wide: false, colour: false }).port(CONNECTION_TABLE.type),
  ).toBeNull();
});

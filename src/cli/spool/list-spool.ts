import { OUTCOMES } from '../../spool/checkpoint.js';
import type { SegmentSurvey, SpoolSurvey } from '../../spool/survey.js';
import type { TypeCounts } from '../../spool/type-counts.js';
import { humanBytes, humanDuration } from '../../table/human.js';
import { type PlainColumn, plainLines } from '../../table/plain-table.js';
import { tableSize } from '../../table/table-size.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { readSpool, refuseNoSpool, spoolJson } from './read-spool.js';

/** Segments as lines, then what became of all records. */
export async function listSpool(path: string, output: 'text' | 'json'): Promise<ExitCode> {
  const survey = await readSpool(path);
  refuseNoSpool(path, survey);
  if (output === 'json') process.stdout.write(spoolJson(survey));
  else process.stdout.write(spoolText(survey, Date.now(), tableSize(process.stdout, process.env).columns));
  return EXIT.ok;
}

/** @param now ms since 1970 */
export function spoolText(survey: SpoolSurvey, now: number, columns: number): string {
  const { segments, checkpoint, resident, lost, next, foreign, quarantined, quarantineRemoved } = survey;
  const lines = plainLines({ wide: false, colour: false }, columnsAt(now));
  lines.fit(columns);
  const table = segments.length === 0 ? '' : lines.header() + segments.map((segment) => lines.line(segment)).join('');
  const sums = [`${next - 1} records spooled: ${resident.records} wait${byType(resident)}`];
  if (checkpoint !== null) {
    for (const outcome of OUTCOMES) {
      const counts = checkpoint.outcomes[outcome];
      if (counts.records > 0) sums.push(`${counts.records} ${outcome.replace('_', ' ')}${byType(counts)}`);
    }
    if (checkpoint.damaged + lost > 0) sums.push(`${checkpoint.damaged + lost} damaged`);
    if (checkpoint.forgotten > 0) sums.push(`${checkpoint.forgotten} of unknown outcome`);
  } else sums.push('what was settled is not known');
  const older = quarantineRemoved === 0 ? '' : `; ${quarantineRemoved} older ones were removed`;
  const notes = [
    ...foreign.map((name) => `not the spool's, and left alone: ${JSON.stringify(name)}\n`),
    ...(quarantined > 0 ? [`${quarantined} files in quarantine/${older}\n`] : []),
  ];
  return `${table}${sums.join(', ')}\n${notes.join('')}`;
}

function columnsAt(now: number): PlainColumn<SegmentSurvey>[] {
  const number = (
    title: string,
    width: number,
    of: (segment: SegmentSurvey) => string,
  ): PlainColumn<SegmentSurvey> => ({
    title,
    least: width,
    most: width,
    right: true,
    text: of,
  });
  return [
    { title: 'SEGMENT', least: 16, most: 16, text: ({ number }) => String(number).padStart(16, '0') },
    number('BYTES', 5, ({ bytes }) => humanBytes(bytes)),
    number('FIRST', 12, ({ first }) => String(first ?? '')),
    number('LAST', 12, ({ last }) => String(last ?? '')),
    number('RECORDS', 8, ({ records }) => String(records.records)),
    number('WAIT', 8, ({ open }) => String(open.records)),
    number('AGE', 6, ({ to }) => (to === null ? '' : humanDuration(Math.max(0, now - to) * 1000))),
  ];
}

/** ` (12 connection, 1 ledger)` */
function byType(counts: TypeCounts): string {
  const parts = [...counts.entries()].filter(([, { records }]) => records > 0);
  return parts.length === 0 ? '' : ` (${parts.map(([name, { records }]) => `${records} ${name}`).join(', ')})`;
}

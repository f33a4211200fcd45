import { ConntrailError } from '../errors.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import { impossibleIn } from '../recording/impossible.js';
import { RecordingReader } from '../recording/recording-reader.js';
import { replay } from '../recording/replay.js';
import { OutputCheck } from './output-check.js';
import { addFault, emptyReport, type VerifyReport } from './report.js';

/**
 * A recording: its checksums and trailer, and the ledger that the pipeline makes of its frames, all connections counted.
 *
 * @throws ConntrailError CONNTRAIL_IO when it cannot be read.
 */
export async function verifyRecording(path: string): Promise<VerifyReport> {
  const report = emptyReport(path, 'recording');
  try {
    const reader = await RecordingReader.open(path);
    try {
      report.missing = reader.missing;
      await check(reader, report);
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof ConntrailError) || error.code === 'CONNTRAIL_IO') throw error;
    addFault(report, error.message);
  }
  return report;
}

async function check(reader: RecordingReader, report: VerifyReport): Promise<void> {
  const output = new OutputCheck(report);
  const writer: RecordWriter = {
    backlog: 0,
    port: ({ name }) => ({ write: ({ seq }, units) => output.record(name, seq, units) }),
    ledger: (record) => output.ledger(record),
    push: () => {},
  };
  let impossible: string | null = null;
  await replay(reader, {
    clients: [{ name: 'verify', writer }],
    pace: 'fast',
    idle: async () => {},
    counted: (statistics) => {
      impossible = impossibleIn(statistics);
    },
  });
  if (!reader.complete) {
    const { blocks, frames } = reader.totals;
    const torn = reader.tail === 0 ? '' : `, ${reader.tail} bytes of a torn one behind it`;
    addFault(report, `no trailer: the recording was cut short after block ${blocks} (${frames} frames)${torn}`);
  }
  if (impossible !== null) addFault(report, impossible);
  output.end();
}

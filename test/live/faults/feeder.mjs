/**
 * Usage: feeder.mjs RECORDING OPTIONS (JSON: format options, pause in ms, maxLoss)
 *
 * `conntrail observe` with the kernel's part played by a recording, so that what is handed to the outputs is known to the record: the
 * pipeline, the outputs, what is told and the exit status are the command's own, and outputs are not waited for, as in live tracing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failures } from '../../../dist/cli/failures.js';
import { judge, refusedBy, tellOutputs } from '../../../dist/cli/judge.js';
import { LedgerTally } from '../../../dist/cli/ledger-tally.js';
import { LossNotice } from '../../../dist/cli/loss-notice.js';
import { openOutputs } from '../../../dist/cli/outputs.js';
import { TalliedWriter } from '../../../dist/cli/tallied-writer.js';
import { CONN, STATE } from '../../../dist/connections/layout.gen.js';
import { RecordingReader } from '../../../dist/recording/recording-reader.js';
import { replay } from '../../../dist/recording/replay.js';

const [, , path, json] = process.argv;
const { pause = 0, maxLoss, to, ...given } = JSON.parse(json);
const options = {
  output: 'auto',
  color: 'auto',
  rotateSize: 256 << 20,
  rotateEvery: 3_600_000,
  codec: 'null',
  ...given,
  ...(to === undefined ? {} : { to: [to] }),
};
const stop = new AbortController();
const outputs = await openOutputs(options, { closed: () => stop.abort(), accounts: true });
const [tally, failures] = [new LedgerTally(), new Failures()];
const notice = new LossNotice(tally, () => refusedBy(outputs));
const reader = await RecordingReader.open(path);
/** Counts what is handed over before anybody else sees it. */
const handed = { connections: 0, records: 0, ledgers: 0 };
const counting = (writer) => ({
  get backlog() {
    return writer.backlog;
  },
  port(type) {
    const port = writer.port(type);
    if (port === null || type.name !== 'connection') return port;
    return {
      write(source, units) {
        handed.records++;
        if (source.u8[source.base + CONN.state] === STATE.closed) handed.connections++;
        port.write(source, units);
      },
    };
  },
  ledger(record) {
    handed.ledgers++;
    writer.ledger(record);
  },
  push: () => writer.push(),
});
const clients = outputs.map(({ writer }, i) => ({
  name: `output ${i + 1}`,
  writer: i > 0 ? writer : new TalliedWriter(counting(writer), (record) => notice.add(record)),
}));
// Its first line tells that the outputs are open.
process.stderr.write('feeding\n');
await replay(reader, { clients, pace: 'fast', idle: () => sleep(pause), signal: stop.signal });
for (const output of outputs) await output.finish();
tellOutputs(outputs, failures);
process.stderr.write(`handed ${JSON.stringify(handed)}\n`);
process.exitCode = judge(tally, outputs, failures, maxLoss);

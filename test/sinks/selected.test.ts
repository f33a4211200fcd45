import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONNECTION } from '../../src/connections/generated/connection-type.js';
import { ContainerReader } from '../../src/encoding/container-reader.js';
import { LEDGER } from '../../src/ledger/generated/ledger-type.js';
import { AvroStreamWriter } from '../../src/sinks/avro-writer.js';
import { OUTPUT } from '../../src/sinks/generated/output-type.js';
import { SelectedWriter } from '../../src/sinks/selected-writer.js';
import { verify } from '../../src/verify/verify.js';
import { temporaryFolder } from '../recording/helpers.js';
import { session } from '../recording/session.js';
import { connectionPipeline } from '../support/connection-pipeline.js';
import { CollectingSink } from './collecting-sink.js';

test('an output that was not asked for connections has none, says so in its ledger, and verifies', async () => {
  const sink = new CollectingSink();
  const types = [LEDGER, OUTPUT];
  const writer = new SelectedWriter(new AvroStreamWriter(sink, { types }), ['oom_kill']);
  expect(writer.port(CONNECTION)).toBeNull();
  const pipeline = connectionPipeline({ host: 'h', bootId: 'b', clients: [{ name: 'x', writer }] });
  for (const frame of session({ intervals: 3, perInterval: 11 })) pipeline.push(frame);
  pipeline.close();
  const { header } = await ContainerReader.open([sink.bytes], 'test');
  expect((JSON.parse(header.schema) as { name: string }[]).map(({ name }) => name)).toEqual(['Ledger', 'Output']);
  const path = join(temporaryFolder(), 'x.avro');
  writeFileSync(path, sink.bytes);
  expect(await verify(path)).toMatchObject({ records: 0, ledgers: 3, faults: [], lost: 0 });
});

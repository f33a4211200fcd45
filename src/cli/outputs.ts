import type { RecordWriter } from '../pipeline/record-writer.js';
import { AvroStreamWriter } from '../sinks/avro-writer.js';
import { DirectorySink } from '../sinks/directory/directory-sink.js';
import { JsonArrayWriter } from '../sinks/json-array-writer.js';
import { NdjsonWriter } from '../sinks/ndjson-writer.js';
import { NullWriter } from '../sinks/null-writer.js';
import type { Output } from '../sinks/output.js';
import { StreamSink } from '../sinks/stream-sink.js';
import { TableWriter } from '../sinks/table/table-writer.js';
import { type FormatOptions, resolveColour, resolveFormat } from './format-options.js';

/**
 * The output that the options ask for: a directory, standard output, or both.
 *
 * @param closed is called when nobody reads standard output any more
 * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN
 */
export async function openOutputs(options: FormatOptions, closed: () => void): Promise<Output[]> {
  const outputs: Output[] = [];
  if (options.to !== undefined) {
    const { rotateSize, rotateEvery, codec } = options;
    outputs.push(await DirectorySink.open(options.to, { codec, rotateSize, rotateEvery }));
  }
  // With a directory, standard output is silent unless a format was asked for.
  if (options.to === undefined || options.output !== 'auto') outputs.push(standardOutput(options, closed));
  return outputs;
}

/** An output that takes the ledger and writes nothing: for `record`. */
export function nullOutput(): Output {
  return { writer: new NullWriter(), dropped: 0, error: null, idle: async () => {}, finish: async () => {} };
}

function standardOutput(options: FormatOptions, closed: () => void): Output {
  const terminal = process.stdout.isTTY === true;
  const sink = new StreamSink(process.stdout, closed);
  const [writer, end] = writerFor(options, sink, terminal);
  return {
    writer,
    get dropped() {
      return sink.dropped;
    },
    get error() {
      return sink.error;
    },
    idle: () => sink.idle(),
    finish: () => {
      end();
      return sink.finish();
    },
  };
}

function writerFor(options: FormatOptions, sink: StreamSink, terminal: boolean): [RecordWriter, () => void] {
  const format = resolveFormat(options.output, terminal);
  if (format === 'json') {
    const writer = new JsonArrayWriter(sink);
    return [writer, () => writer.end()];
  }
  const writer =
    format === 'table'
      ? new TableWriter(sink, {
          wide: options.wide === true,
          colour: resolveColour(options.color, terminal, process.env),
        })
      : format === 'avro'
        ? new AvroStreamWriter(sink)
        : new NdjsonWriter(sink);
  return [writer, () => writer.push()];
}

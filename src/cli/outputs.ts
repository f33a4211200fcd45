import { fstatSync } from 'node:fs';
import type { RecordType } from '../encoding/record-type.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import type { Feature } from '../pipeline/feature.js';
import type { RecordWriter } from '../pipeline/record-writer.js';
import { RECORD_TYPES } from '../records.gen.js';
import { AvroStreamWriter } from '../sinks/avro-writer.js';
import { type ByteTarget, FileTarget, StreamTarget } from '../sinks/byte-target.js';
import { DirectorySink } from '../sinks/directory/directory-sink.js';
import { OUTPUT } from '../sinks/generated/output-type.js';
import { JsonArrayWriter } from '../sinks/json-array-writer.js';
import { LedgerlessWriter } from '../sinks/ledgerless-writer.js';
import { NdjsonWriter } from '../sinks/ndjson-writer.js';
import { NullWriter } from '../sinks/null-writer.js';
import type { Output } from '../sinks/output.js';
import { SelectedWriter } from '../sinks/selected-writer.js';
import { SeriesCounts } from '../sinks/series-counts.js';
import { StreamSink } from '../sinks/stream-sink.js';
import { TableWriter } from '../sinks/table-writer.js';
import type { RecordTable } from '../table/record-table.js';
import { tableSize } from '../table/table-size.js';
import { type FormatOptions, resolveColour, resolveFormat } from './format-options.js';
import { say } from './say.js';

export interface OutputSettings {
  /** Is called when the only output can take no more: nobody reads standard output, or it failed. */
  closed: () => void;
  /** Whether outputs write output records. */
  accounts: boolean;
  /** Whose records come. */
  features: readonly Pick<Feature, 'tables'>[];
}

/**
 * The outputs that the options ask for: a directory, standard output, or both. The end of one is not the end of the other.
 *
 * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN
 */
export async function openOutputs(options: FormatOptions, settings: OutputSettings): Promise<Output[]> {
  const { to, rotateSize, rotateEvery, codec } = options;
  const { accounts } = settings;
  if (to === undefined) return [await standardOutput(options, settings)];
  const directory = await DirectorySink.open(to, { codec, rotateSize, rotateEvery, accounts });
  // With a directory, standard output is silent unless a format was asked for.
  if (options.output === 'auto') return [directory];
  const left = (): void => say(`standard output takes no more; writing to ${to} goes on`);
  return [directory, await standardOutput(options, { ...settings, closed: left })];
}

/** An output that takes the ledger and writes nothing: for `record`. */
export function nullOutput(): Output {
  const writer = new NullWriter();
  return {
    name: 'no output',
    writer,
    written: writer.given,
    refused: new SeriesCounts(),
    unread: new SeriesCounts(),
    errors: [],
    idle: async () => {},
    finish: async () => {},
  };
}

async function standardOutput(options: FormatOptions, settings: OutputSettings): Promise<Output> {
  const terminal = process.stdout.isTTY === true;
  const sink = new StreamSink(target(), settings);
  const [all, end] = await writerFor(options, sink, terminal, settings.features);
  const writer = options.records === undefined ? all : new SelectedWriter(all, options.records);
  const { written, refused, unread, errors } = sink;
  return {
    name: 'standard output',
    writer,
    written,
    refused,
    unread,
    errors,
    idle: () => sink.idle(),
    finish: () => {
      end();
      return sink.finish();
    },
    abandon: () => sink.abandon(),
  };
}

function target(): ByteTarget {
  const kind = fstatSync(1);
  const waits = kind.isFIFO() || kind.isSocket() || process.stdout.isTTY === true;
  return waits ? new StreamTarget(process.stdout, 1) : new FileTarget(1);
}

async function writerFor(
  options: FormatOptions,
  sink: StreamSink,
  terminal: boolean,
  features: OutputSettings['features'],
): Promise<[RecordWriter, () => void]> {
  const format = resolveFormat(options.output, terminal);
  if (format === 'json') {
    const writer = new JsonArrayWriter(sink);
    return [ledgered(writer, options), () => writer.end()];
  }
  const writer =
    format === 'table'
      ? new TableWriter(
          sink,
          (await tables(features)).filter(({ type }) => asked(options, type)),
          {
            wide: options.wide === true,
            colour: resolveColour(options.color, terminal, process.env),
            size: () => tableSize(process.stdout, process.env),
          },
        )
      : format === 'avro'
        ? new AvroStreamWriter(sink, { types: RECORD_TYPES.filter((type) => asked(options, type)) })
        : ledgered(new NdjsonWriter(sink), options);
  return [writer, () => writer.push()];
}

/** Whether standard output is to have records of this type; ledger and output records, always. */
function asked({ records }: FormatOptions, { name }: Pick<RecordType, 'name'>): boolean {
  return records === undefined || records.includes(name) || name === LEDGER.name || name === OUTPUT.name;
}

/** The tables of these features, in the order of the record types. */
async function tables(features: OutputSettings['features']): Promise<RecordTable[]> {
  const all = await Promise.all(features.map((feature) => feature.tables?.() ?? []));
  return all.flat().sort((a, b) => a.type.index - b.type.index);
}

/** The writer, which is given ledger records unless --no-ledger says otherwise. */
function ledgered(writer: RecordWriter, { ledger }: FormatOptions): RecordWriter {
  return ledger === false ? new LedgerlessWriter(writer) : writer;
}

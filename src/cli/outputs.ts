import { fstatSync } from 'node:fs';
import type { RecordType } from '../encoding/record-type.js';
import { ConntrailError } from '../errors.js';
import { hostName } from '../kernel/host.js';
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
import { ReadingTableWriter } from '../sinks/reading-table-writer.js';
import { SelectedWriter } from '../sinks/selected-writer.js';
import { SeriesCounts } from '../sinks/series-counts.js';
import { StreamSink } from '../sinks/stream-sink.js';
import { TableWriter } from '../sinks/table-writer.js';
import type { OpenReadingTable } from '../table/reading-view.js';
import type { RecordTable } from '../table/record-table.js';
import { tableSize } from '../table/table-size.js';
import { destinationsOf } from './destinations.js';
import { type FormatOptions, resolveColour, resolveFormat } from './format-options.js';
import { openKafka } from './kafka-options.js';
import { say } from './say.js';

/** Who knows what addresses are called. */
const DNS = 'dns';

export interface OutputSettings {
  /** Is called when the only output can take no more: nobody reads standard output, or it failed. */
  closed: () => void;
  /** Whether outputs write output records. */
  accounts: boolean;
  /** Name of the host in the records; absent: this one's. */
  host?: string | undefined;
  /** Whether the source waits for its outputs, to the end: a replay. */
  patient?: boolean;
  /** Whose records come. */
  features: readonly Pick<Feature, 'name' | 'tables'>[];
  /** Makes the table of a check out of whole readings, where standard output is to be a table. */
  readings?: ReadingsTable | undefined;
  /** Stands in the place of standard output. */
  screen?: Output | undefined;
}

/** A table for each reading, in the place of lines for its records. */
export interface ReadingsTable {
  readonly open: OpenReadingTable;
  /** Is given the writer, which must be told when a reading ends. */
  made(writer: ReadingTableWriter): void;
}

/**
 * The outputs that the options ask for: Kafka, a directory, standard output. The end of one is not the end of the others.
 *
 * @throws ConntrailError CONNTRAIL_IO, CONNTRAIL_OUTPUT_FOREIGN
 */
export async function openOutputs(options: FormatOptions, settings: OutputSettings): Promise<Output[]> {
  const { accounts, screen, patient = false, host = hostName() } = settings;
  const { directory, kafka } = destinationsOf(options.to);
  const outputs: Output[] = [];
  try {
    if (directory !== undefined) {
      const { rotateSize, rotateEvery, codec } = options;
      outputs.push(await DirectorySink.open(directory, { codec, rotateSize, rotateEvery, accounts }));
    }
    if (kafka !== undefined) outputs.push(await openKafka(kafka, options, { host, accounts, patient }));
    if (screen !== undefined) outputs.push(screen);
    // Beside others, standard output is silent unless a format was asked for.
    else if (outputs.length === 0) outputs.push(await standardOutput(options, settings));
    else if (options.output !== 'auto') {
      const names = outputs.map(({ name }) => name).join(' and ');
      const left = (): void => say(`standard output takes no more; writing to ${names} goes on`);
      outputs.push(await standardOutput(options, { ...settings, closed: left }));
    }
    return outputs;
  } catch (error) {
    await discardAll(outputs);
    throw error;
  }
}

/** For a run that did not begin. */
export async function discardAll(outputs: readonly Output[]): Promise<void> {
  for (const output of outputs) await output.discard?.();
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
  const [all, end] = await writerFor(options, sink, terminal, settings);
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
  { features, readings }: OutputSettings,
): Promise<[RecordWriter, () => void]> {
  const format = resolveFormat(options.output, terminal);
  const colour = resolveColour(options.color, terminal, process.env);
  const style = { wide: options.wide === true, colour, names: options.names === true };
  if (style.names) checkNames(features);
  const size = () => tableSize(process.stdout, process.env);
  if (format === 'table' && readings !== undefined) {
    const writer = new ReadingTableWriter(sink, readings.open(style), size);
    readings.made(writer);
    return [writer, () => writer.end()];
  }
  if (format === 'json') {
    const writer = new JsonArrayWriter(sink);
    return [ledgered(writer, options), () => writer.end()];
  }
  const writer =
    format === 'table'
      ? new TableWriter(
          sink,
          (await tables(features)).filter(({ type }) => asked(options, type)),
          { ...style, size },
        )
      : format === 'avro'
        ? new AvroStreamWriter(sink, { types: RECORD_TYPES.filter((type) => asked(options, type)) })
        : ledgered(new NdjsonWriter(sink), options);
  return [writer, () => writer.push()];
}

/** @throws ConntrailError CONNTRAIL_OPTION when nobody knows names */
function checkNames(features: OutputSettings['features']): void {
  if (features.some(({ name }) => name === DNS)) return;
  const sentence = `-N shows names that the feature ${DNS} knows, which is off: turn it on too (--with ${DNS}).`;
  throw new ConntrailError('CONNTRAIL_OPTION', sentence);
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

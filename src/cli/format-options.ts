import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Codec } from '../encoding/container-writer.js';
import { LEDGER } from '../ledger/generated/ledger-type.js';
import { RECORD_TYPES } from '../records.gen.js';
import { OUTPUT } from '../sinks/generated/output-type.js';
import { choice } from './choice.js';
import { addKafkaOptions, type KafkaCommandOptions } from './kafka-options.js';
import { parseDuration, parseSize } from './units.js';

export const FORMATS = ['auto', 'table', 'ndjson', 'json', 'avro'] as const;
export type Format = (typeof FORMATS)[number];
export type ColourChoice = 'auto' | 'always' | 'never';

/** The options that say where records go and how they look. */
export interface FormatOptions extends KafkaCommandOptions {
  output: Format;
  wide?: true;
  /** Names in the place of addresses, in the table. */
  names?: true;
  color: ColourChoice;
  /** false: no ledger records, in NDJSON and JSON. */
  ledger?: boolean;
  /** Names of the record types that standard output takes; absent: all. */
  records?: readonly string[];
  /** A directory, a Kafka, or both. */
  to?: readonly string[];
  /** Bytes. */
  rotateSize: number;
  /** ms. */
  rotateEvery: number;
  codec: Codec;
}

/** Adds the output options of `observe` and `replay`. */
export function addFormatOptions(command: Command): Command {
  command
    .optionsGroup('Output:')
    .addOption(
      choice(
        '-o, --output <format>',
        'what standard output gets; auto: a table on a terminal, else ndjson',
        FORMATS,
        'auto',
      ),
    )
    .option('-w, --wide', 'wide table: everything in full')
    .addOption(choice('--color <when>', 'colour the table; NO_COLOR is honoured', ['auto', 'always', 'never'], 'auto'))
    .addOption(
      new Option('--records <types>', 'what standard output gets, e.g. connection; else all').argParser(parseRecords),
    )
    .option('--no-ledger', 'ndjson, json: no ledger records; verify can then prove nothing')
    .option(
      '--to <place>',
      'a directory: Avro container files; kafka://…: topics; repeatable',
      (place, before: readonly string[] = []) => [...before, place],
    )
    .addOption(
      new Option('--rotate-size <size>', 'begin another file at this size')
        .argParser(parseSize)
        .default(256 << 20, '256MiB'),
    )
    .addOption(
      new Option('--rotate-every <time>', 'begin another file after this time')
        .argParser(parseDuration)
        .default(3_600_000, '1h'),
    )
    .addOption(choice('--codec <codec>', 'compression of these files', ['deflate', 'null'], 'deflate'));
  return addKafkaOptions(command);
}

/** For commands that show connections. */
export function addNamesOption(command: Command): Command {
  return command.optionsGroup('Output:').option('-N, --names', 'names for addresses in the table; needs --with dns');
}

/** Names of record types that features emit, with commas between. */
function parseRecords(text: string): string[] {
  const names = text.split(',');
  const known = RECORD_TYPES.filter(({ name }) => name !== LEDGER.name && name !== OUTPUT.name).map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`There are no ${JSON.stringify(unknown)} records; choose of ${known.join(', ')}.`);
}

/** The format that `auto` stands for. */
export function resolveFormat(format: Format, isTerminal: boolean): Exclude<Format, 'auto'> {
  if (format !== 'auto') return format;
  return isTerminal ? 'table' : 'ndjson';
}

/** Whether to colour: the option counts most, then NO_COLOR (any value but the empty one), then whether it is a terminal. */
export function resolveColour(choice: ColourChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((environment.NO_COLOR ?? '') !== '') return false;
  return isTerminal && environment.TERM !== 'dumb';
}

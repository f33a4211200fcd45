import { type Command, Option } from 'commander';
import type { Codec } from '../encoding/container-writer.js';
import { choice } from './choice.js';
import { parseDuration, parseSize } from './units.js';

export const FORMATS = ['auto', 'table', 'ndjson', 'json', 'avro'] as const;
export type Format = (typeof FORMATS)[number];
export type ColourChoice = 'auto' | 'always' | 'never';

/** The options that say where records go and how they look. */
export interface FormatOptions {
  output: Format;
  wide?: true;
  color: ColourChoice;
  /** false: connections only, in NDJSON and JSON. */
  ledger?: boolean;
  to?: string;
  /** Bytes. */
  rotateSize: number;
  /** ms. */
  rotateEvery: number;
  codec: Codec;
}

/** Adds the output options of `observe` and `replay`. */
export function addFormatOptions(command: Command): Command {
  return command
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
    .option('--no-ledger', 'ndjson, json: connections only; verify can then prove nothing')
    .option('--to <dir>', 'write Avro container files into this directory')
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

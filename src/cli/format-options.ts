import { type Command, Option } from 'commander';

export const FORMATS = ['auto', 'table', 'ndjson', 'json', 'avro'] as const;
export type Format = (typeof FORMATS)[number];
export type ColourChoice = 'auto' | 'always' | 'never';

/** The options that say how records look on standard output. */
export interface FormatOptions {
  output: Format;
  wide?: true;
  color: ColourChoice;
  to?: string;
  rotateSize: number;
  rotateEvery: number;
}

/** Adds the output options of `observe` and `replay`. */
export function addFormatOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      new Option('-o, --output <format>', 'table, ndjson, json, avro; auto: table on a terminal, else ndjson')
        .choices(FORMATS)
        .default('auto'),
    )
    .option('-w, --wide', 'wide table: everything, addresses never cut')
    .addOption(
      new Option('--color <when>', 'auto, always or never; NO_COLOR is honoured')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    );
}

/** The format that `auto` stands for. */
export function resolveFormat(format: Format, isTerminal: boolean): Exclude<Format, 'auto'> {
  if (format !== 'auto') return format;
  return isTerminal ? 'table' : 'ndjson';
}

/** Whether to colour: an option counts most, then NO_COLOR (any value but the empty one), then whether it is a terminal. */
export function resolveColour(choice: ColourChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((environment.NO_COLOR ?? '') !== '') return false;
  return isTerminal && environment.TERM !== 'dumb';
}

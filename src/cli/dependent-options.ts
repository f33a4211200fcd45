import type { Command } from 'commander';
import { ConntrailError } from '../errors.js';
import { destinationsOf } from './destinations.js';
import type { FormatOptions } from './format-options.js';

/** Options that mean nothing without `--to DIR`, by their names in commander. */
const OF_A_DIRECTORY = ['rotateSize', 'rotateEvery', 'codec'] as const;
/** Options that mean nothing without `--to kafka://`, and those of them that are about a spool on disk. */
const OF_KAFKA = ['kafkaConfig', 'spool', 'spoolSize', 'spoolAge', 'spoolPolicy'] as const;
const OF_A_SPOOL = ['spoolSize', 'spoolAge', 'spoolPolicy'] as const;
/** Options that mean nothing without a table. */
const OF_A_TABLE = ['wide', 'color', 'names'] as const;

/**
 * What was asked for and would change nothing is refused, not passed over.
 * @throws ConntrailError CONNTRAIL_OPTION
 */
export function checkDependentOptions(command: Command, options: FormatOptions): void {
  const { to, output } = options;
  const { directory, kafka } = destinationsOf(to);
  const given = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const refuse = (name: string, need: string): never => {
    const flag = command.options.find((option) => option.attributeName() === name)!.long!;
    throw new ConntrailError('CONNTRAIL_OPTION', `${flag} changes nothing here: ${need}.`);
  };
  const silent = to !== undefined && output === 'auto';
  for (const name of OF_A_DIRECTORY) {
    if (given(name) && directory === undefined)
      refuse(name, 'it is about the files of --to DIR; give that too, or leave it out');
  }
  for (const name of OF_KAFKA) {
    if (given(name) && kafka === undefined)
      refuse(name, 'it is about --to kafka://HOST/PREFIX; give that too, or leave it out');
  }
  for (const name of OF_A_SPOOL) {
    if (given(name) && options.spool === undefined)
      refuse(name, 'it is about the spool on disk; give --spool DIR too, or leave it out');
  }
  const lines = !silent && (output === 'auto' || output === 'ndjson' || output === 'json');
  if (options.ledger === false && !lines) {
    refuse('ledger', 'it is about ndjson and json; give -o ndjson, or leave it out');
  }
  if (options.records !== undefined && silent)
    refuse('records', 'it is about standard output; give -o, or leave it out');
  const table = (output === 'auto' || output === 'table') && !silent;
  for (const name of OF_A_TABLE) {
    if (given(name) && !table) refuse(name, 'it is about the table; give -o table, or leave it out');
  }
}

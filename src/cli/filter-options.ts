import type { Command } from 'commander';
import { FILTERS, type FilterText, filterItems, isPath } from '../filters/filter-text.js';
import { parseFilterText } from '../filters/parse-filter.js';
import { asArgument } from './units.js';

export type { FilterText } from '../filters/filter-text.js';

/** Stands below the help of whoever takes filters. */
export const FILTER_HELP = `

Filters: ! in front of a value leaves out what matches it: --port '!22'. Each
record is judged by itself, as it is when it is made.`;

/** Most bytes of a process name that the kernel keeps. */
const NAME_BYTES = 15;

/** Adds the filter options to a command. */
export function addFilterOptions(command: Command): Command {
  command.optionsGroup('Filters (repeatable, or comma lists; all that are given must match):');
  for (const [name, metavar, help] of FILTERS) {
    const check = asArgument((value: string) => {
      // A path is looked up when the command runs: it may be one of another host, where a recording was made.
      const items = filterItems(value).filter((item) => !isPath(name, item));
      parseFilterText({ [name]: items.map(({ text }) => text) });
    });
    command.option(`--${name} <${metavar}>`, help, (value: string, previous: string[] | undefined) => {
      check(value);
      return [...(previous ?? []), value];
    });
  }
  return command;
}

/** The filters among a command's parsed options. */
export function filterText(options: Readonly<Record<string, unknown>>): FilterText {
  const text: FilterText = {};
  for (const [name] of FILTERS) {
    const value = options[camelCase(name)];
    if (Array.isArray(value)) text[name] = value as string[];
  }
  return text;
}

/** What whoever gave these filters should know, one sentence each. */
export function filterNotes(text: FilterText): string[] {
  return filterItems(text.name ?? []).flatMap(({ text: name }) => {
    if (Buffer.byteLength(name) <= NAME_BYTES) return [];
    const kept = Buffer.from(name).subarray(0, NAME_BYTES).toString();
    return `--name ${name} is compared by its first ${NAME_BYTES} bytes, ${kept}: the kernel keeps no more`;
  });
}

/** The name commander gives the option `--name`. */
function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

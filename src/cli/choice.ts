import { Option } from 'commander';

/** An option that takes one of some words, in either case, as filters do. */
export function choice(flags: string, text: string, choices: readonly string[], preset: string): Option {
  const option = new Option(flags, text).choices([...choices]).default(preset);
  const parse = option.parseArg!;
  return option.argParser((word: string, previous: unknown) => parse.call(option, word.toLowerCase(), previous));
}

import { InvalidArgumentError } from 'commander';
import { ConntrailError } from '../errors.js';
import { bytes, microseconds, whole } from '../filters/units.js';

/** What both kinds of numbers with units have in common; stands below the help of whoever takes them. */
export const UNITS_HELP =
  '\n\nTimes: 250ms, 10s, 1h30m; a bare number is seconds. Sizes: 64K or 64KiB\n(binary), 64KB (decimal); a bare number is bytes.';

/** `10s`, `250ms`, `1h30m` as milliseconds; a bare number is seconds. */
export const parseDuration = asArgument((text) => {
  const ms = Math.round(microseconds(text) / 1000);
  if (ms < 1) throw new ConntrailError('CONNTRAIL_OPTION', `${text} is too little: give at least 1ms.`);
  return ms;
});

/** `65536`, `64KiB`, `8M` as bytes; a bare number is bytes. */
export const parseSize = asArgument(bytes);

/** A whole number that is not negative. */
export const parseCount = asArgument((text) => whole(text, 'a count'));

/** The parser as commander wants it: what is wrong with a word is told with the option it was given to. */
export function asArgument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof ConntrailError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

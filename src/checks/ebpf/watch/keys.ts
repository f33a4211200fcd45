import { isUnsafe } from '../../../encoding/safe-text.js';

/** What a terminal sends for the keys that are no characters. */
export const KEY = {
  up: '\x1b[A',
  down: '\x1b[B',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  backspace: '\x7f',
} as const;

/** What other terminals and habits send for the same. */
const SAME: Readonly<Record<string, string>> = {
  '\x1bOA': KEY.up,
  '\x1bOB': KEY.down,
  '\x1b[1~': KEY.home,
  '\x1b[7~': KEY.home,
  '\x1bOH': KEY.home,
  '\x1b[4~': KEY.end,
  '\x1b[8~': KEY.end,
  '\x1bOF': KEY.end,
  '\n': KEY.enter,
  '\b': KEY.backspace,
};

/** The key by the one sequence that is known here. */
export const keyOf = (sent: string): string => SAME[sent] ?? sent;

/** Whether it is a character that can be written. */
export function isCharacter(key: string): boolean {
  return [...key].length === 1 && !isUnsafe(key.codePointAt(0)!);
}

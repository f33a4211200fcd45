const ELLIPSIS = '…';
const MARK = /^\p{M}$/u;
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

/** Columns a terminal gives a character: 0 for combining marks, 2 for East Asian wide characters and emoji. */
function charWidth(char: string): number {
  if (char.codePointAt(0)! < 0x300) return 1;
  if (MARK.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Columns a terminal gives a text without control characters. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** The text padded to exactly `width` columns; a longer one is left as it is. */
export function pad(text: string, width: number, right: boolean): string {
  const gap = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? gap + text : text + gap;
}

/** The text cut to at most `width` columns, an ellipsis in the place of its end. */
export function ellipsizeEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return takeStart(text, width - 1) + ELLIPSIS;
}

/** The text cut to at most `width` columns, an ellipsis in its middle: both ends of an address tell something. */
export function ellipsizeMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return takeStart(text, width - 1 - tail) + ELLIPSIS + text.slice(text.length - tail);
}

function takeStart(text: string, width: number): string {
  let taken = '';
  let used = 0;
  for (const char of text) {
    used += charWidth(char);
    if (used > width) break;
    taken += char;
  }
  return taken;
}

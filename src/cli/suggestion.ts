/** The word that was probably meant: the nearest one that at most two slips away, and not more than a third of it, would turn into `word`. */
export function suggestion(word: string, known: readonly string[]): string | null {
  const ranked = known.map((each) => ({ each, slips: slipsBetween(word, each) })).sort((a, b) => a.slips - b.slips);
  const [best] = ranked;
  if (best === undefined || best.slips > Math.min(2, Math.ceil(best.each.length / 3))) return beginningOf(word, known);
  return best.each;
}

/** The one word that begins so; null: none, or several. */
function beginningOf(word: string, known: readonly string[]): string | null {
  const found = word === '' ? [] : known.filter((each) => each.startsWith(word));
  return found.length === 1 ? found[0]! : null;
}

/** Letters put in, left out, changed or swapped with their neighbour (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + changed);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}

/** Records that a topic was found to hold, by their keys: running numbers of each run, as spans. */
export class FoundRecords {
  /** By what a key begins with, up to its last slash: first and last number of each span, ascending. */
  readonly #spans = new Map<string, number[]>();
  records = 0;

  /** @param count records of a block, whose key is that of its first one; their numbers follow each other */
  add(key: string, count = 1): void {
    const cut = key.lastIndexOf('/');
    const first = Number(key.slice(cut + 1));
    if (cut < 0 || cut === key.length - 1 || !Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1)
      return;
    const run = key.slice(0, cut);
    let spans = this.#spans.get(run);
    if (spans === undefined) {
      spans = [];
      this.#spans.set(run, spans);
    }
    const last = first + count - 1;
    this.records += count;
    // As a rule it goes on where the one before ended.
    const end = spans.length - 1;
    if (end > 0 && first >= spans[end - 1]! && first <= spans[end]! + 1) spans[end] = Math.max(spans[end]!, last);
    else spans.push(first, last);
  }

  has(key: string): boolean {
    const cut = key.lastIndexOf('/');
    const spans = this.#spans.get(key.slice(0, cut));
    if (spans === undefined) return false;
    const seq = Number(key.slice(cut + 1));
    for (let i = 0; i < spans.length; i += 2) if (seq >= spans[i]! && seq <= spans[i + 1]!) return true;
    return false;
  }
}

import type { NameTable } from '../message/name-table.js';

/**
 * One handle for all names that are shown alike, as those of one registrable domain where only that is shown: the first that was seen, which is
 * held meanwhile.
 */
export class SharedTexts {
  readonly #names: NameTable;
  readonly #most: number;
  readonly #handles = new Map<string, number>();

  /** @param most texts that are remembered at a time; beyond, all are forgotten, and equal texts may have two statistics */
  constructor(names: NameTable, most: number) {
    this.#names = names;
    this.#most = most;
  }

  /** The handle for a name that somebody holds. */
  handleOf(name: number): number {
    const text = this.#names.text(name);
    const known = this.#handles.get(text);
    if (known !== undefined) return known;
    if (this.#handles.size === this.#most) this.clear();
    this.#names.retain(name);
    this.#handles.set(text, name);
    return name;
  }

  clear(): void {
    for (const handle of this.#handles.values()) this.#names.release(handle);
    this.#handles.clear();
  }
}

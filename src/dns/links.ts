/** Lists of numbers below a bound, each in one list at most: doubly linked, without allocation. 0 is none. */
export class Links {
  readonly #before: Uint32Array;
  readonly #behind: Uint32Array;
  readonly #first: Uint32Array;
  readonly #last: Uint32Array;

  /** @param lists how many there are @param most the highest number */
  constructor(lists: number, most: number) {
    this.#first = new Uint32Array(lists);
    this.#last = new Uint32Array(lists);
    this.#before = new Uint32Array(most + 1);
    this.#behind = new Uint32Array(most + 1);
  }

  first(list: number): number {
    return this.#first[list]!;
  }

  last(list: number): number {
    return this.#last[list]!;
  }

  behind(number: number): number {
    return this.#behind[number]!;
  }

  prepend(list: number, number: number): void {
    const first = this.#first[list]!;
    this.#before[number] = 0;
    this.#behind[number] = first;
    this.#first[list] = number;
    if (first === 0) this.#last[list] = number;
    else this.#before[first] = number;
  }

  append(list: number, number: number): void {
    const last = this.#last[list]!;
    this.#before[number] = last;
    this.#behind[number] = 0;
    this.#last[list] = number;
    if (last === 0) this.#first[list] = number;
    else this.#behind[last] = number;
  }

  remove(list: number, number: number): void {
    const before = this.#before[number]!;
    const behind = this.#behind[number]!;
    if (before === 0) this.#first[list] = behind;
    else this.#behind[before] = behind;
    if (behind === 0) this.#last[list] = before;
    else this.#before[behind] = before;
  }
}

import type { NameTexts } from '../../../src/dns/names/name-texts.js';

/** Names with how often each is held. */
export class CountedTexts implements NameTexts {
  readonly #texts: string[] = [''];
  readonly held: number[] = [0];

  /** The handle of a name. */
  of(text: string): number {
    const known = this.#texts.indexOf(text);
    if (known > 0) return known;
    this.held.push(0);
    return this.#texts.push(text) - 1;
  }

  retain(handle: number): void {
    this.held[handle]!++;
  }

  release(handle: number): void {
    this.held[handle]!--;
    if (this.held[handle]! < 0) throw new RangeError(`${this.#texts[handle]} was released once too often`);
  }

  text(handle: number): string {
    return this.#texts[handle]!;
  }

  get allHeld(): number {
    return this.held.reduce((sum, count) => sum + count, 0);
  }
}

/** What is needed of a table of names: handles, from 1, are kept as long as somebody holds them. */
export interface NameTexts {
  retain(handle: number): void;
  release(handle: number): void;
  /** The name as it is told: ASCII without control bytes, at most 1020 of them. */
  text(handle: number): string;
}

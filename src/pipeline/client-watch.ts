/** Whoever wants to know which record types the clients of a pipeline take. No record depends on it. */
export interface ClientWatch {
  /** A client came. @param takes whether it takes records of a type */
  join(slot: number, takes: (record: string) => boolean): void;
  /** It went. */
  leave(slot: number): void;
}

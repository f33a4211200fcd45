import type { RecordIdentity } from '../../encoding/record-identity.js';
import type { RecordSource } from '../../encoding/record-type.js';
import type { Sum } from './sum.js';

/** What a round found and cost. */
export interface Reading {
  /** UTC, µs. */
  beganUs: number;
  cpuUs: number;
  countingUs: number;
  mapsListed: number;
  programsListed: number;
}

/** One sum of a round: the input of the encoders, one object reused for all. */
export interface EbpfTotalSource extends RecordIdentity, RecordSource {
  /** When the round ended, UTC, µs. */
  timeUs: number;
  round: number;
  /** SCOPE. */
  scope: number;
  module: string | null;
  sum: Sum;
  /** null: the sum is not of all. */
  reading: Reading | null;
}

import type { GroupSilence } from '../ledger/silences.js';
import type { MissingFeature } from '../recording/layouts.js';

/** What is being verified. */
export type VerifiedKind = 'recording' | 'directory' | 'avro' | 'ndjson';

/** What `verify` found. `faults` is empty when everything holds; each is one sentence. */
export interface VerifyReport {
  path: string;
  kind: VerifiedKind;
  /** Records of all types but ledger and output, and the units of their features' rows that they stand for. */
  records: number;
  units: number;
  /** The same of each type that there is a record of, by its name: of connection records, the units are the closed ones. */
  types: Record<string, { records: number; units: number }>;
  ledgers: number;
  /** Units that the ledger says were lost: a fact, not a fault. */
  lost: number;
  /** Of lost: those that the output itself says it could not write. */
  refused: number;
  /** Hook groups that were silent for a time: what they missed meanwhile nobody knows. */
  silences: readonly GroupSilence[];
  /** Features of a recording that this version cannot check, and why not. */
  missing: readonly MissingFeature[];
  faults: string[];
}

/** Most faults kept; a file of random bytes would otherwise fill the memory with sentences. */
const MAX_FAULTS = 100;

/** A report without findings yet. */
export function emptyReport(path: string, kind: VerifiedKind): VerifyReport {
  const counts = { records: 0, units: 0, ledgers: 0, lost: 0, refused: 0 };
  return { path, kind, ...counts, types: {}, silences: [], missing: [], faults: [] };
}

/** Adds a fault within the bound. */
export function addFault(report: VerifyReport, fault: string): void {
  if (report.faults.length < MAX_FAULTS) report.faults.push(fault);
}

/** Counts a record that is neither a ledger nor an output record. */
export function countRecord(report: VerifyReport, record: string, units: number): void {
  report.records++;
  report.units += units;
  report.types[record] ??= { records: 0, units: 0 };
  const counts = report.types[record];
  counts.records++;
  counts.units += units;
}

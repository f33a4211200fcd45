import type { MissingFeature } from '../recording/layouts.js';

/** What is being verified. */
export type VerifiedKind = 'recording' | 'directory' | 'avro' | 'ndjson';

/** What `verify` found. `faults` is empty when everything holds; each is one sentence. */
export interface VerifyReport {
  path: string;
  kind: VerifiedKind;
  /** Connection records, the closed ones among them, and ledger records. */
  connections: number;
  closed: number;
  ledgers: number;
  /** Closed connections that the ledger says were lost: a fact, not a fault. */
  lost: number;
  /** Of lost: those that the output itself says it could not write. */
  refused: number;
  /** Features of a recording that this version cannot check, and why not. */
  missing: readonly MissingFeature[];
  faults: string[];
}

/** Most faults kept; a file of random bytes would otherwise fill the memory with sentences. */
const MAX_FAULTS = 100;

/** A report without findings yet. */
export function emptyReport(path: string, kind: VerifiedKind): VerifyReport {
  return { path, kind, connections: 0, closed: 0, ledgers: 0, lost: 0, refused: 0, missing: [], faults: [] };
}

/** Adds a fault within the bound. */
export function addFault(report: VerifyReport, fault: string): void {
  if (report.faults.length < MAX_FAULTS) report.faults.push(fault);
}

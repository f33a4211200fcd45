import type { Ledger } from '../avro/generated/ledger.js';

/** What became of the closed connections of one output, over its whole run. */
export class LedgerTally {
  attempted = 0;
  written = 0;
  filtered = 0;
  evicted = 0;
  bufferFull = 0;
  mapFull = 0;
  recursion = 0;
  ringDropped = 0;
  refused = 0;
  /** Levels, of the last record: not yet read from the kernel, and held by the pipeline. */
  pending = 0;
  resident = 0;
  /** Whether the final record was seen. */
  final = false;
  #startUs = 0;
  #endUs = 0;

  add({ kernel, ring, pipeline, sink, interval, final }: Ledger): void {
    if (this.#startUs === 0) this.#startUs = interval.start;
    this.#endUs = interval.end;
    this.attempted += kernel.attempted;
    this.bufferFull += kernel.lost.buffer_full;
    this.mapFull += kernel.lost.map_full;
    this.recursion += kernel.lost.recursion;
    this.ringDropped += ring.dropped;
    this.filtered += pipeline.filtered;
    this.evicted += pipeline.evicted;
    this.written += sink.written;
    this.refused += sink.dropped;
    this.pending = kernel.pending;
    this.resident = pipeline.resident;
    this.final ||= final;
  }

  /** Seconds accounted for. */
  get seconds(): number {
    return (this.#endUs - this.#startUs) / 1e6;
  }

  /** Connections that did not reach the output's writer although nobody asked for that. */
  get lost(): number {
    return this.bufferFull + this.mapFull + this.recursion + this.ringDropped + this.evicted + this.refused;
  }
}

/** Where each loss comes from, and what helps. */
const CAUSES: readonly [field: keyof LedgerTally & string, words: string][] = [
  ['bufferFull', 'kernel buffer full (--kernel-buffer)'],
  ['mapFull', 'too many UDP peers'],
  ['recursion', 'kernel recursion'],
  ['ringDropped', 'shared ring full (--ring-size)'],
  ['evicted', 'connection table full'],
  ['refused', 'not encodable'],
];

/**
 * The ledger as lines for people.
 *
 * @param outputDropped closed connections that the output could not write; no record counts them
 */
export function ledgerLines(tally: LedgerTally, outputDropped: number): string[] {
  const { attempted, written, filtered, pending, resident, seconds, lost } = tally;
  const held = pending + resident;
  const whole = tally.final ? '' : ' (not final)';
  const lines = [
    `${count(attempted)} connections closed in ${seconds.toFixed(1)} s: ${count(written - outputDropped)} written, ` +
      `${count(filtered)} filtered, ${count(held)} held, ${count(lost + outputDropped)} lost${whole}`,
  ];
  const causes = lossCauses(tally, outputDropped);
  if (causes !== '') lines.push(`lost: ${causes}`);
  return lines;
}

/** `12 kernel buffer full (…), 3 …`; '' when nothing was lost. */
export function lossCauses(tally: LedgerTally, outputDropped: number): string {
  const causes = CAUSES.map(([field, words]): [number, string] => [tally[field] as number, words]);
  causes.push([outputDropped, 'not written by the output']);
  return causes
    .filter(([lost]) => lost > 0)
    .map(([lost, words]) => `${count(lost)} ${words}`)
    .join(', ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

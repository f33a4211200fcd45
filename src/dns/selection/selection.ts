import type { DnsSource } from '../dns-source.js';
import { SEGMENT } from '../layout.gen.js';
import { NamePattern } from './name-pattern.js';
import type { SelectionOptions } from './options.js';

/** Place of `answered` in enum DnsOutcome, and of `run_end`: whether that one would have failed nobody knows. */
const RUN_END = 3;

/** Which queries are told, of those whose type is. All that are asked for must hold. */
export class Selection {
  readonly #failures: boolean;
  /** µs. */
  readonly #slowUs: number;
  readonly #domains: readonly NamePattern[];
  readonly #notDomains: readonly NamePattern[];
  readonly #pids: ReadonlySet<number>;
  /** Whether every query is told. */
  readonly all: boolean;

  constructor({ failures, slow, domains, pids }: SelectionOptions) {
    const patterns = (negated: boolean) =>
      domains.filter((text) => text.startsWith('!') === negated).map((text) => new NamePattern(text.replace(/^!/, '')));
    this.#failures = failures;
    this.#slowUs = slow * 1000;
    this.#domains = patterns(false);
    this.#notDomains = patterns(true);
    this.#pids = new Set(pids);
    this.all = !failures && slow === 0 && domains.length === 0 && pids.length === 0;
  }

  /** Whether this query is told; allocates nothing. */
  takes(query: DnsSource): boolean {
    if (this.all) return true;
    const { answered, rcode, outcome, latencyUs } = query;
    if (this.#failures && (answered ? rcode === 0 : outcome === RUN_END)) return false;
    // What was never answered took longer than anybody waited.
    if (answered ? latencyUs < this.#slowUs : this.#slowUs > 0 && outcome === RUN_END) return false;
    if (this.#pids.size > 0 && !this.#pids.has(query.u32[(query.base + SEGMENT.pid) >>> 2]!)) return false;
    return this.#named(query);
  }

  #named({ text, nameAt, nameLength }: DnsSource): boolean {
    for (const pattern of this.#notDomains) if (pattern.matches(text, nameAt, nameLength)) return false;
    if (this.#domains.length === 0) return true;
    for (const pattern of this.#domains) if (pattern.matches(text, nameAt, nameLength)) return true;
    return false;
  }
}

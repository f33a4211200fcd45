import type { RecordIdentity } from '../../encoding/record-identity.js';
import { u64 } from '../../frames/words.js';
import type { EbpfTotalSource, Reading } from './ebpf-total-source.js';
import { ROUND } from './layout.gen.js';
import type { EbpfPorts } from './ports.js';
import { Sum } from './sum.js';
import { SCOPE, type Totals } from './totals.js';

/** Writes the sums of a round that has ended. */
export class TotalsTeller {
  readonly #totals: Totals;
  readonly #ports: EbpfPorts;
  readonly #source: EbpfTotalSource;
  readonly #reading: Reading = { beganUs: 0, cpuUs: 0, countingUs: 0, mapsListed: 0, programsListed: 0 };

  constructor(identity: RecordIdentity, totals: Totals, ports: EbpfPorts) {
    this.#totals = totals;
    this.#ports = ports;
    const nothing = { sum: new Sum(), scope: SCOPE.all, module: null, reading: null };
    this.#source = { ...identity, ...nothing, seq: 0, timeUs: 0, round: 0 };
  }

  /** @param start byte offset of a `struct ct_ebpf_round` */
  tell(u32: Uint32Array, start: number, wallOffsetUs: number): void {
    const source = this.#source;
    const reading = this.#reading;
    const word = (offset: number): number => u32[(start + offset) >>> 2]!;
    const micros = (offset: number): number => Math.floor(u64(u32, (start + offset) >>> 2) / 1000);
    source.timeUs = micros(ROUND.ended_ns) + wallOffsetUs;
    source.round = word(ROUND.round);
    reading.beganUs = micros(ROUND.began_ns) + wallOffsetUs;
    reading.cpuUs = micros(ROUND.cpu_ns);
    reading.countingUs = micros(ROUND.counting_ns);
    reading.mapsListed = word(ROUND.maps);
    reading.programsListed = word(ROUND.programs);
    this.#totals.forEach((sum, scope, module) => {
      source.sum = sum;
      source.scope = scope;
      source.module = module;
      source.reading = scope === SCOPE.all ? reading : null;
      this.#ports.total(source);
    });
  }
}

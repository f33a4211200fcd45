import type { NativeBpf } from '../../../native/index.js';
import { readProc } from './proc-files.js';

/**
 * Run-time statistics of programs, which cost the host something at each run of a program: on as long as somebody wants them. The descriptor is
 * what keeps them on, so that they go off with this process, however it ends.
 */
export class StatisticsSwitch {
  readonly #bpf: Pick<NativeBpf, 'openStatistics' | 'close'>;
  #descriptor = -1;
  #sinceNs = 0n;

  constructor(bpf: Pick<NativeBpf, 'openStatistics' | 'close'>) {
    this.#bpf = bpf;
  }

  /** @param nowNs boot clock */
  set(wanted: boolean, nowNs: bigint): void {
    if (wanted && this.#descriptor < 0) this.#descriptor = this.#bpf.openStatistics();
    else if (!wanted) this.#close();
    // Others may have them on for good: kernel.bpf_stats_enabled.
    if (this.#descriptor < 0 && readProc('sys/kernel/bpf_stats_enabled')?.trim() !== '1') this.#sinceNs = 0n;
    else if (this.#sinceNs === 0n) this.#sinceNs = nowNs;
  }

  /** Since when they are on without a break, as far as we know: boot clock, ns; 0: they are off. */
  get sinceNs(): bigint {
    return this.#sinceNs;
  }

  close(): void {
    this.#close();
    this.#sinceNs = 0n;
  }

  #close(): void {
    if (this.#descriptor >= 0) this.#bpf.close(this.#descriptor);
    this.#descriptor = -1;
  }
}

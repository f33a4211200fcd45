import { MAX_CLIENTS } from '../../pipeline/client.js';
import type { ClientPorts } from '../../pipeline/client-ports.js';
import type { RecordPort } from '../../pipeline/record-writer.js';
import type { EbpfMapSource } from './ebpf-map-source.js';
import type { EbpfProgramSource } from './ebpf-program-source.js';
import type { EbpfTotalSource } from './ebpf-total-source.js';
import { EBPF_MAP } from './generated/ebpf-map-type.js';
import { EBPF_PROGRAM } from './generated/ebpf-program-type.js';
import { EBPF_TOTAL } from './generated/ebpf-total-type.js';

interface Client {
  readonly map: RecordPort<EbpfMapSource>;
  readonly program: RecordPort<EbpfProgramSource>;
  readonly total: RecordPort<EbpfTotalSource>;
  /** Whether it was there from the start of the round: sums of a part would not be those of its records. */
  whole: boolean;
}

/** Where the records of each client go. */
export class EbpfPorts {
  /** By client slot. */
  readonly #clients: (Client | undefined)[] = new Array(MAX_CLIENTS).fill(undefined);

  attach(slot: number, ports: ClientPorts): void {
    this.#clients[slot] = {
      map: ports.port(EBPF_MAP),
      program: ports.port(EBPF_PROGRAM),
      total: ports.port(EBPF_TOTAL),
      whole: false,
    };
  }

  detach(slot: number): void {
    this.#clients[slot] = undefined;
  }

  /** A round begins. */
  begin(): void {
    for (const client of this.#clients) if (client !== undefined) client.whole = true;
  }

  map(source: EbpfMapSource, units: number): void {
    for (let slot = 0; slot < MAX_CLIENTS; slot++) this.#clients[slot]?.map.write(source, units);
  }

  program(source: EbpfProgramSource, units: number): void {
    for (let slot = 0; slot < MAX_CLIENTS; slot++) this.#clients[slot]?.program.write(source, units);
  }

  /** To those that were given the records it sums up. */
  total(source: EbpfTotalSource): void {
    for (const client of this.#clients) if (client?.whole) client.total.write(source, 0);
  }
}

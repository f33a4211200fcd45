import { ConntrailError } from '../errors.js';
import { type Client, MAX_CLIENTS } from './client.js';
import { ClientPorts } from './client-ports.js';

/** A client in its place. */
export interface Slot {
  readonly slot: number;
  readonly client: Client;
  readonly ports: ClientPorts;
}

/** The clients of a pipeline, each in a slot of its own: stages keep what they told it by that number. */
export class ClientSlots {
  readonly #slots: (Slot | null)[] = new Array<Slot | null>(MAX_CLIENTS).fill(null);
  /** Slots to empty before the next frame: a client may go while its records are being given out. */
  readonly #leaving: { slot: number; client: Client }[] = [];

  /**
   * Takes the lowest free slot.
   * @throws ConntrailError CONNTRAIL_OPTION when there is none
   */
  add(client: Client): Slot {
    const slot = this.#slots.indexOf(null);
    if (slot < 0) throw new ConntrailError('CONNTRAIL_OPTION', 'Use at most eight sinks and subscribers at a time.');
    const taken = { slot, client, ports: new ClientPorts(client.writer) };
    this.#slots[slot] = taken;
    return taken;
  }

  /** The ports of the client in a slot that is taken. */
  ports(slot: number): ClientPorts {
    return this.#slots[slot]!.ports;
  }

  /** The client goes, before the next frame. */
  leave(slot: number, client: Client): void {
    this.#leaving.push({ slot, client });
  }

  get areLeaving(): boolean {
    return this.#leaving.length > 0;
  }

  /** Empties the slots of those that left; calls `left` for each. */
  empty(left: (slot: number) => void): void {
    for (const { slot, client } of this.#leaving.splice(0)) {
      if (this.#slots[slot]?.client !== client) continue;
      this.#slots[slot] = null;
      left(slot);
    }
  }

  *[Symbol.iterator](): Generator<Slot, void, undefined> {
    for (const slot of this.#slots) if (slot !== null) yield slot;
  }
}

import { ConntrailError } from '../errors.js';
import { type Client, MAX_CLIENTS } from './client.js';

/** The clients of a pipeline, each in a slot of its own: stages keep what they told it by that number. */
export class ClientSlots {
  readonly #clients: (Client | null)[] = new Array<Client | null>(MAX_CLIENTS).fill(null);
  /** Slots to empty before the next frame: a client may go while its records are being given out. */
  readonly #leaving: { slot: number; client: Client }[] = [];

  /**
   * Takes the lowest free slot.
   * @throws ConntrailError CONNTRAIL_OPTION when there is none
   */
  add(client: Client): number {
    const slot = this.#clients.indexOf(null);
    if (slot < 0) throw new ConntrailError('CONNTRAIL_OPTION', 'Use at most eight sinks and subscribers at a time.');
    this.#clients[slot] = client;
    return slot;
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
      if (this.#clients[slot] !== client) continue;
      this.#clients[slot] = null;
      left(slot);
    }
  }

  *[Symbol.iterator](): Generator<[slot: number, client: Client], void, undefined> {
    for (const [slot, client] of this.#clients.entries()) if (client !== null) yield [slot, client];
  }
}

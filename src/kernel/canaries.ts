import type { ProofEvent } from '../pipeline/proofs.js';
import { CanaryRound } from './canary-round.js';
import { type HookGroup, isTested } from './hook-groups.js';

/** Canaries in a row that a group has to miss: one alone may be a busy host's. */
const MISSES = 2;

/** A hook group that is found silent, or live again. */
export interface HookGroupChange {
  readonly group: HookGroup;
  readonly state: 'live' | 'silent';
  /** What happened, for people. */
  readonly sentence: string;
}

/** What canaries are sent with, and whom their outcome is told. */
export interface CanaryPort {
  /** Opens its conversations, and tells the stream their sockets; false: loopback did not let them through. */
  open(round: number): boolean;
  close(): void;
  /** The boot clock, ns. */
  bootNs(): number;
  /** Attaches these silent groups anew; '' or why not, half a sentence. */
  reattach(silent: readonly HookGroup[]): string;
  changed(changes: readonly HookGroupChange[]): void;
}

/**
 * Sends a canary every so often, the exchange of the self-test again, and finds the groups that have gone silent: proven once, and then two canaries
 * in a row did not come through, although nothing was lost for want of room. Such a group is attached anew once and sent a canary at once; it
 * is live again with the first one that comes through, whenever that is. How long a canary may take is counted in the readers' passes, which a
 * busy host delays as it delays the canary.
 */
export class Canaries {
  readonly #groups: readonly HookGroup[];
  readonly #everyMs: number;
  readonly #port: CanaryPort;
  /** By group: canaries in a row that did not come through. */
  readonly #missed = new Map<HookGroup, number>();
  /** Units lost for want of room, by feature. */
  readonly #lost = new Map<number, number>();
  #round: CanaryRound | null = null;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  /** Sent, and those that loopback did not let through. */
  sent = 0;
  unsent = 0;

  /**
   * @param groups are updated in place
   * @param everyMs ms from one canary to the next
   */
  constructor(groups: readonly HookGroup[], everyMs: number, port: CanaryPort) {
    this.#groups = groups;
    this.#everyMs = everyMs;
    this.#port = port;
  }

  /** From now on; the self-test is over. */
  start(): void {
    if (!this.#groups.some((group) => group.attached && isTested(group))) return;
    this.#timer = setInterval(() => this.#send(), this.#everyMs).unref();
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#soon !== undefined) clearImmediate(this.#soon);
    this.#soon = undefined;
    this.#timer = undefined;
    if (this.#round !== null) this.#port.close();
    this.#round = null;
  }

  take(event: ProofEvent): void {
    if (event.type === 'told') this.#lost.set(event.feature, event.lost);
    if (this.#timer === undefined) return;
    if (event.type === 'right' && event.round > 0) this.#live(event.group);
    const round = this.#round;
    if (round === null) return;
    round.take(event);
    if (round.isShown && !round.isClosed) this.#close(round);
    // Not within the frame that told it.
    if (round.isOver) this.#soon ??= setImmediate(() => this.#judge());
  }

  #send(): void {
    // One that is still under way, since a reader's pass takes longer than the time between canaries.
    if (this.#round !== null) return;
    const watched = this.#groups.filter((group) => group.attached && isTested(group));
    if (!this.#port.open(this.sent + 1)) {
      this.unsent++;
      this.#port.close();
      return;
    }
    this.sent++;
    const round = new CanaryRound(this.sent, watched, this.#port.bootNs(), this.#lost);
    this.#round = round;
    if (round.isShown) this.#close(round);
  }

  #close(round: CanaryRound): void {
    this.#port.close();
    round.closed(this.#port.bootNs());
  }

  #judge(): void {
    this.#soon = undefined;
    const round = this.#round;
    if (round === null) return;
    this.#round = null;
    const fallen: HookGroup[] = [];
    const changes: HookGroupChange[] = [];
    for (const group of round.groups) {
      const missed = round.came(group) ? 0 : round.excuses(group, this.#lost) ? null : this.#missedBy(group) + 1;
      if (missed === null) continue;
      this.#missed.set(group, missed);
      if (missed === 0) continue;
      group.fault = round.fault(group);
      if (group.silent && missed === MISSES + 1) changes.push(change(group, 'stays silent', SILENT_STILL));
      else if (group.proven && missed >= MISSES) fallen.push(group);
    }
    if (fallen.length > 0) changes.push(...this.#fell(fallen));
    if (changes.length > 0) this.#port.changed(changes);
    if (fallen.length > 0) this.#send();
  }

  #fell(fallen: readonly HookGroup[]): HookGroupChange[] {
    for (const group of fallen) {
      group.silent = true;
      group.proven = false;
    }
    const why = this.#port.reattach(fallen);
    return fallen.map((group) => {
      if (why === '') group.reattached++;
      return change(group, 'has gone silent', why === '' ? 'it was attached anew' : `it is not attached anew: ${why}`);
    });
  }

  #live(id: number): void {
    const group = this.#groups.find((each) => each.id === id);
    if (group === undefined || group.proven || !group.attached) return;
    const sentence = `${group.name} is live${group.silent ? ' again' : ''}: a canary came through`;
    this.#missed.set(group, 0);
    Object.assign(group, { silent: false, proven: true, fault: '', reason: '' });
    this.#port.changed([{ group, state: 'live', sentence }]);
  }

  #missedBy(group: HookGroup): number {
    return this.#missed.get(group) ?? 0;
  }
}

const SILENT_STILL = 'what it misses is not known; restart conntrail';

/** Of a group that is silent; the reason stays with it. */
function change(group: HookGroup, what: string, end: string): HookGroupChange {
  const seen =
    group.fault === '' ? 'its canaries do not come through' : `its canaries come through wrong (${group.fault})`;
  group.reason = `${seen[0]!.toUpperCase()}${seen.slice(1)}; ${end}.`;
  return { group, state: 'silent', sentence: `${group.name} ${what}: ${seen}; ${end}` };
}

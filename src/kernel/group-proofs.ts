import type { ProofEvent } from '../pipeline/proofs.js';
import { type HookGroup, isLive, isTested } from './hook-groups.js';

/**
 * Waits for the self-test's proofs. Its connections stay open until a snapshot has shown one, then they are closed, which proves the
 * others.
 */
export class GroupProofs {
  readonly #groups: readonly HookGroup[];
  readonly #timeoutMs: number;
  readonly #closeSelfTest: () => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #resolve!: (groups: readonly HookGroup[]) => void;
  #closed = false;
  #ended = false;
  readonly done: Promise<readonly HookGroup[]>;

  /** @param groups are updated in place */
  constructor(groups: readonly HookGroup[], timeoutMs: number, closeSelfTest: () => void) {
    this.#groups = groups;
    this.#timeoutMs = timeoutMs;
    this.#closeSelfTest = closeSelfTest;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The self-test's connections are open. */
  start(): void {
    if (!this.#groups.some(({ proof, attached }) => proof === 'open' && attached)) this.#close();
    // Without the proof of what shows open ones the others still get half of the time.
    this.#timers.push(setTimeout(() => this.#close(), this.#timeoutMs / 2).unref());
    this.#timers.push(setTimeout(() => this.#end('Its self-test did not come through.'), this.#timeoutMs).unref());
    // There may be none that is tested.
    this.#endIfAll();
  }

  /** Takes what becomes known of the self-test; of canaries nothing. */
  take(event: ProofEvent): void {
    if (event.type === 'right' && event.round === 0) this.prove(event.group);
    if (event.type === 'wrong' && event.round === 0) this.#fault(event.group, event.fault);
  }

  /** A record came that proves nothing; a right one may follow. */
  #fault(id: number, fault: string): void {
    const group = this.#groups.find((each) => each.id === id);
    if (group !== undefined && !group.proven) group.fault = fault;
  }

  /** @param id of a hook group */
  prove(id: number): void {
    const group = this.#groups.find((each) => each.id === id);
    if (group === undefined) return;
    group.proven = true;
    group.fault = '';
    if (group.attached) group.reason = '';
    if (this.#groups.every(({ proof, attached, proven }) => proof !== 'open' || proven || !attached)) this.#close();
    this.#endIfAll();
  }

  /** Waits no longer, since the tracer stops: what is not proven stays so, and may work. */
  end(): void {
    this.#end('The tracer was stopped before its self-test came through.');
  }

  /** Nobody waits for a group that is off, or for events that may never come. */
  #endIfAll(): void {
    if (this.#groups.every((group) => isLive(group) || !group.attached)) this.#end('');
  }

  /** @param reason of the groups that are not proven */
  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#close();
    for (const group of this.#groups) {
      if (!group.attached || group.proven) continue;
      group.reason = isTested(group) ? (group.fault === '' ? reason : wrongRecord(group.fault)) : '';
    }
    this.#resolve(this.#groups);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeSelfTest();
  }
}

function wrongRecord(fault: string): string {
  return `A record of its self-test came, but it was wrong: ${fault}.`;
}

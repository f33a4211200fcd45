import type { ProofEvent } from '../pipeline/proofs.js';
import { featureIdOf, type HookGroup } from './hook-groups.js';

/** Of all sources, after the conversations have closed: what closes in softirq may come a moment later. */
const PASSES = 2;

/** One canary under way: what has come of it for each group. */
export class CanaryRound {
  readonly #number: number;
  readonly #openedNs: number;
  readonly #right = new Set<number>();
  readonly #faults = new Map<number, string>();
  readonly #lostBefore: ReadonlyMap<number, number>;
  /** By feature: passes since it closed, and when the last one was, boot clock, ns. */
  readonly #passes = new Map<number, { count: number; lastNs: number }>();
  #closedNs = Number.POSITIVE_INFINITY;
  #shown: boolean;
  readonly groups: readonly HookGroup[];

  /**
   * @param groups that it is to prove
   * @param openedNs when its conversations were open, boot clock, ns
   * @param lost units lost for want of room until then, by feature
   */
  constructor(number: number, groups: readonly HookGroup[], openedNs: number, lost: ReadonlyMap<number, number>) {
    this.#number = number;
    this.groups = groups;
    this.#openedNs = openedNs;
    this.#lostBefore = new Map(lost);
    this.#shown = !groups.some(({ proof }) => proof === 'open');
    for (const group of groups) this.#passes.set(featureIdOf(group), { count: 0, lastNs: 0 });
  }

  take(event: ProofEvent): void {
    if (event.type === 'shown') this.#shown ||= event.bootNs >= this.#openedNs;
    else if (event.type === 'told') this.#pass(event.feature, event.bootNs);
    else if (event.round === this.#number) {
      if (event.type === 'right') this.#right.add(event.group);
      else this.#faults.set(event.group, event.fault);
    }
  }

  /** Whether it need not stay open any longer: what shows open conversations has shown these, or missed them. */
  get isShown(): boolean {
    return this.#shown;
  }

  get isClosed(): boolean {
    return Number.isFinite(this.#closedNs);
  }

  /** @param bootNs when its conversations had closed */
  closed(bootNs: number): void {
    this.#closedNs = bootNs;
  }

  /** Whether what has not come by now does not come. */
  get isOver(): boolean {
    if (!this.isClosed) return false;
    if (this.groups.every((group) => this.came(group))) return true;
    for (const { count } of this.#passes.values()) if (count < PASSES) return false;
    return true;
  }

  came({ id }: HookGroup): boolean {
    return this.#right.has(id);
  }

  /** What was wrong with the record that came; '' = none did. */
  fault({ id }: HookGroup): string {
    return this.#faults.get(id) ?? '';
  }

  /** Whether what is missing may be among units that were lost for want of room since it was sent. */
  excuses(group: HookGroup, lost: ReadonlyMap<number, number>): boolean {
    const feature = featureIdOf(group);
    return (lost.get(feature) ?? 0) > (this.#lostBefore.get(feature) ?? 0);
  }

  #pass(feature: number, bootNs: number): void {
    const passes = this.#passes.get(feature);
    if (passes === undefined || bootNs < this.#closedNs || bootNs <= passes.lastNs) return;
    passes.count++;
    passes.lastNs = bootNs;
  }
}

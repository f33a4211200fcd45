import type { ErrorCode } from '../errors.js';
import type { Asset } from '../frames/asset.js';
import type { ProgramResult } from '../native/index.js';
import type { ProofKind, RungName } from '../pipeline/hooks.js';

/** What became of a program of a hook group. */
export interface HookProgram extends ProgramResult {
  group: string;
  /** Its group does its work without it. */
  optional: boolean;
}

/** A rung that was tried before the one that is live, and why it is not that one. */
export interface RefusedRung {
  rung: RungName;
  /** One sentence: what this kernel lacks, where that is known, or else what came of it. */
  reason: string;
  /** What came of it, where `reason` is what the kernel lacks; empty otherwise. */
  detail: string;
}

/** What became of the hooks that belong together: they give one thing, and are proven together. */
export interface HookGroup {
  feature: string;
  name: string;
  /** In SELFTEST and HOOKS frames: feature << 8 | n. */
  id: number;
  /** The way into the kernel that is live; null when it is not attached. */
  rung: RungName | null;
  /** Better ones that this kernel refuses, best first; all of them when it is not attached. */
  refused: readonly RefusedRung[];
  proof: ProofKind;
  /** Every program that the group needs is attached. */
  attached: boolean;
  /** A right record of the self-test, or of the last canaries, came through. Attached without proof is a group that does not work, or not yet. */
  proven: boolean;
  /** What was wrong with the record that came instead, half a sentence; '' = none came, or a right one. */
  fault: string;
  /** It was proven once, and its canaries do not come through any more. */
  silent: boolean;
  /** How often it was attached anew after it had gone silent. */
  reattached: number;
  /** Why it is not attached or not proven, one sentence; empty when it is both. */
  reason: string;
  /** Why it is not attached, when that is not the kernel: CONNTRAIL_ADDON_DAMAGED, CONNTRAIL_ADDON_MISSING. */
  code: ErrorCode | null;
  /** What became of the object files of all rungs that were tried. */
  assets: readonly Asset[];
  /** Of the rung that is live, or else of the best one. */
  programs: readonly HookProgram[];
}

/** Whether the self-test waits for its proof: others are rare, or need none. */
export function isTested({ proof }: Pick<HookGroup, 'proof'>): boolean {
  return proof !== 'event' && proof !== 'none';
}

/** Whether it does what it says, as far as can be known. */
export function isLive({ attached, proven, proof }: Pick<HookGroup, 'attached' | 'proven' | 'proof'>): boolean {
  return attached && (proven || !isTested({ proof }));
}

/** enum ct_feature of the feature that it belongs to. */
export function featureIdOf({ id }: Pick<HookGroup, 'id'>): number {
  return id >>> 8;
}

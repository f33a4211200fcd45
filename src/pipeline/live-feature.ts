import type { HookGroupSpec } from './hooks.js';

/**
 * Where frames come from. `ring`: events of a BPF ring that begin with struct ct_event, hosted by the facts reader; `worker`: the feature's own
 * TypeScript in a thread of its own, writing through RingProducer; `connections`: the batches, hosted by the connection readers, which host
 * nothing else.
 */
export type SourceSpec =
  | { type: 'ring'; ring: 'facts' | 'payloads'; map: number; counters: number }
  | { type: 'worker'; module: string; everyMs: number }
  | { type: 'connections'; handles: object };

/** What a feature's programs and maps are called in the kernel, once they are loaded. */
export interface LoadedGroups {
  /** File descriptor of a map, by its name; -1: absent. */
  map(name: string): number;
}

/** The live half of a feature. */
export interface LiveFeature<O = unknown> {
  readonly hooks: readonly HookGroupSpec[];
  /** The sources of what was loaded; none when nothing was. */
  sources(loaded: LoadedGroups, options: O): readonly SourceSpec[];
}

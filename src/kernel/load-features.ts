import { constants, release } from 'node:os';
import { ConntrailError } from '../errors.js';
import type { Asset } from '../frames/asset.js';
import type { NativeTracer } from '../native/index.js';
import type { EnabledFeature, Feature } from '../pipeline/feature.js';
import type {
  LiveFeature,
  LiveSwitch,
  LoadedGroups,
  LoadHost,
  LoadSettings,
  SourceSpec,
} from '../pipeline/live-feature.js';
import { addon } from './addon.js';
import { BpfObjects } from './bpf-objects.js';
import { calledPrograms, callerOf } from './callers.js';
import { effectiveCapabilities, holds, inUserNamespace } from './capabilities.js';
import { type Cgroup, closeCgroup, openCgroup } from './cgroup.js';
import { checkHost } from './check-host.js';
import { belowFloor } from './floor.js';
import type { HookGroup } from './hook-groups.js';
import { lockdown } from './host.js';
import { kernelProbes } from './kernel-probes.js';
import { Ladder, type LadderTools } from './ladder.js';
import { LoadedByName } from './loaded-by-name.js';
import { LazyProbes } from './probes.js';
import { lackOfLimits } from './process-limits.js';

/**
 * Of one object, so that a verifier without end is a refusal and not the end of the host (docs/decisions/0008-loading-in-a-child.md).
 * Normal are below 1 s and 10 MB.
 */
export const LOAD_LIMITS = { loadMs: 30_000, loadMemory: 256 << 20 } as const;

/** Cause of a refusal: a required program went beyond a limit. */
const EXCEEDED = 'the verifier was stopped';

/** Of a feature whose objects are loaded as they are. */
const PLAIN: LoadSettings = { name: 'plain', maps: {}, knobs: {}, asks: new Set() };

/** A feature that is wanted, with its live half. */
export interface WantedFeature<O = unknown> extends EnabledFeature<O> {
  readonly live: LiveFeature<O>;
  /** Without it there is nothing to trace. */
  readonly essential: boolean;
}

type LoadTools = LadderTools & { native: NativeTracer; host: LoadHost };

/** A feature whose hooks are in the kernel, not yet switched on. */
export interface LoadedFeature extends EnabledFeature {
  readonly groups: readonly HookGroup[];
  readonly sources: readonly SourceSpec[];
  readonly switch: LiveSwitch | null;
  /** 0: none of its groups is proven by a datagram to a port. */
  readonly selfTestPort: number;
  /** What it was loaded with, and why not with something better; empty when it was. */
  readonly settings: LoadSettings;
  readonly settingsReason: string;
}

/** A feature that does not run here. */
export interface RefusedFeature {
  readonly feature: string;
  /** CONNTRAIL_KERNEL, CONNTRAIL_LIMIT, CONNTRAIL_PRIVILEGE, CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED; names the feature */
  readonly error: ConntrailError;
}

export class LoadedFeatures {
  readonly native: NativeTracer;
  /** All that were to be loaded: those that are, and those that are refused. */
  readonly wanted: readonly EnabledFeature[];
  readonly features: readonly LoadedFeature[];
  readonly refused: readonly RefusedFeature[];
  /** What became of the object files, those of refused rungs and features too. */
  readonly assets: readonly Asset[];

  constructor(
    native: NativeTracer,
    wanted: readonly EnabledFeature[],
    features: readonly LoadedFeature[],
    refused: readonly RefusedFeature[],
    assets: readonly Asset[],
  ) {
    this.native = native;
    this.wanted = wanted;
    this.features = features;
    this.refused = refused;
    this.assets = assets;
  }

  /** Port for the self-test's datagram; 0: there is none. */
  get selfTestPort(): number {
    return this.features.find(({ selfTestPort }) => selfTestPort > 0)?.selfTestPort ?? 0;
  }

  get groups(): HookGroup[] {
    return this.features.flatMap(({ groups }) => groups);
  }

  /** Lets the hooks run. */
  enable(): void {
    for (const feature of this.features) feature.switch?.on();
  }

  /** Stops the hooks and returns when no program runs any more: the kernel's counters are final then. */
  disable(): void {
    for (const feature of this.features) feature.switch?.off();
    this.native.detach();
  }

  /** Frees everything in the kernel, of hooks that never ran too. */
  close(): void {
    for (const feature of this.features) feature.switch?.off();
    this.native.close();
  }
}

export interface LoadOptions {
  /** Root of the cgroup v2 hierarchy; null: programs are attached to none; undefined: wherever it is. */
  cgroup: string | null | undefined;
  /** Folder of the BPF objects; by default the one that was built. */
  objects?: string | undefined;
}

/**
 * Loads and attaches the programs of the features, not yet switched on. What single groups and features lack is a value in the result; an
 * error means that nothing can be traced.
 * @throws ConntrailError CONNTRAIL_PLATFORM, CONNTRAIL_PRIVILEGE, CONNTRAIL_NO_BTF, CONNTRAIL_ADDON_MISSING, CONNTRAIL_ADDON_DAMAGED, CONNTRAIL_LIMIT,
 *   CONNTRAIL_KERNEL
 */
export function loadFeatures(
  features: readonly WantedFeature[],
  { cgroup: given, objects: folder }: LoadOptions,
): LoadedFeatures {
  checkHost(features);
  const limit = lackOfLimits();
  if (limit !== '') throw new ConntrailError('CONNTRAIL_LIMIT', limit);
  const objects = new BpfObjects(folder);
  const cgroup = openCgroup(given);
  try {
    return loadAll(features, objects, cgroup);
  } finally {
    closeCgroup(cgroup);
  }
}

function loadAll(features: readonly WantedFeature[], objects: BpfObjects, cgroup: Cgroup): LoadedFeatures {
  const native = open();
  const host: LoadHost = { cpus: native.cpus, kernel: release(), readsMemory: addon().mayReadMemory() };
  const loaded: LoadedFeature[] = [];
  const refused: RefusedFeature[] = [];
  const tools: LoadTools = {
    native,
    host,
    objects,
    cgroup,
    probes: new LazyProbes(kernelProbes, { release: host.kernel, lockdown: lockdown() }),
    holds: (capability) => holds(capability, effectiveCapabilities()),
    assets: new Map(),
    caller: (map) => callerOf(map, loaded),
  };
  for (const each of features) {
    try {
      loaded.push(load(each, tools));
    } catch (error) {
      native.unload(each.feature.name);
      if (!each.essential && error instanceof ConntrailError) {
        refused.push({ feature: each.feature.name, error });
        continue;
      }
      new LoadedFeatures(native, features, loaded, [], []).close();
      throw error;
    }
  }
  const assets = [...tools.assets].map(([asset, result]) => ({ asset, result }));
  const all = new LoadedFeatures(native, features, loaded, refused, assets);
  if (loaded.length > 0) return all;
  // Nothing is left that could be traced.
  all.close();
  throw refused[0]!.error;
}

function load({ feature, options, live }: WantedFeature, tools: LoadTools): LoadedFeature {
  const { native, host } = tools;
  const ways = live.settings?.(options, host) ?? [PLAIN];
  let settingsReason = '';
  for (const [i, settings] of ways.entries()) {
    const groups = new Ladder(feature.name, settings, tools).climb(feature.hooks);
    const error = lackOfRequired(feature, groups, tools);
    if (error === null) {
      const called = calledPrograms(feature.hooks, groups, tools.caller);
      const loaded = new LoadedByName(native, feature.name, groups, settings, host, called);
      const sources = live.sources(loaded, options);
      return {
        feature,
        options,
        groups,
        sources,
        switch: switchOf(live, loaded, options, sources),
        selfTestPort: live.selfTestPort?.(options) ?? 0,
        settings,
        settingsReason,
      };
    }
    // Other settings would not make the verifier come to an end, and would take as long again.
    if (error.code !== 'CONNTRAIL_KERNEL' || error.cause === EXCEEDED || i === ways.length - 1) throw error;
    native.unload(feature.name);
    settingsReason = error.message;
  }
  throw new TypeError(`${feature.name} has no settings`);
}

function switchOf(
  live: LiveFeature,
  loaded: LoadedGroups,
  options: unknown,
  sources: readonly SourceSpec[],
): LiveSwitch | null {
  try {
    return live.switch?.(loaded, options, sources) ?? null;
  } catch (cause) {
    throw asRefusal(cause);
  }
}

/** Why the feature does not run; null when every group it requires is attached. */
function lackOfRequired(
  { name, hooks }: Pick<Feature, 'name' | 'hooks'>,
  groups: readonly HookGroup[],
  { objects, probes }: Pick<LoadTools, 'objects' | 'probes'>,
): ConntrailError | null {
  const spec = hooks.find((each, i) => each.required && !groups[i]!.attached);
  if (spec === undefined) return null;
  const { programs, reason, code } = groups.find((group) => group.name === spec.name)!;
  if (code !== null) {
    const errors = programs.map(({ object }) => objects.get(object));
    const unfit = errors.find((found) => found instanceof ConntrailError && found.code === code);
    if (unfit instanceof ConntrailError) return unfit;
  }
  if (programs.some(({ errno }) => errno === constants.errno.EMFILE)) {
    const sentence = 'The kernel programs take more files than may be open here: raise the limit (ulimit -n 1024).';
    return new ConntrailError('CONNTRAIL_LIMIT', sentence);
  }
  if (programs.every(({ errno }) => errno === constants.errno.EPERM) && inUserNamespace()) {
    return new ConntrailError(
      'CONNTRAIL_PRIVILEGE',
      'Run outside of this user namespace: its capabilities, root’s too, do not count for kernel programs.',
    );
  }
  const cause = programs.some(({ exceeded }) => exceeded !== null) ? EXCEEDED : undefined;
  const old = cause === undefined ? belowFloor(probes) : '';
  if (old !== '') return new ConntrailError('CONNTRAIL_KERNEL', old);
  return new ConntrailError('CONNTRAIL_KERNEL', `This kernel refuses the ${spec.title ?? name} hooks: ${reason}`, {
    cause,
  });
}

function open(): NativeTracer {
  const { Tracer } = addon();
  try {
    return new Tracer(LOAD_LIMITS);
  } catch (cause) {
    throw asRefusal(cause);
  }
}

function asRefusal(cause: unknown): ConntrailError {
  if (cause instanceof ConntrailError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConntrailError('CONNTRAIL_KERNEL', `The kernel programs do not load: ${reason}.`, { cause });
}

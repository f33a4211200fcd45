import { constants } from 'node:os';
import { ConntrailError, type ErrorCode } from '../errors.js';
import type { Asset, AssetResult } from '../frames/asset.js';
import type { NativeTracer, ProgramResult } from '../native/index.js';
import type { HookGroupSpec, ObjectSpec, RungSpec } from '../pipeline/hooks.js';
import type { LoadSettings } from '../pipeline/live-feature.js';
import type { BpfObjects } from './bpf-objects.js';
import type { Caller } from './callers.js';
import { type Capability, capabilityName } from './capabilities.js';
import type { Cgroup } from './cgroup.js';
import type { HookGroup, HookProgram, RefusedRung } from './hook-groups.js';
import type { LazyProbes } from './probes.js';

/** What the ladder does its work with. */
export interface LadderTools {
  native: Pick<NativeTracer, 'load' | 'unload'>;
  objects: Pick<BpfObjects, 'get'>;
  cgroup: Cgroup;
  probes: LazyProbes;
  /** Whether this process has it in effect. */
  holds: (capability: Capability) => boolean;
  /** By name: what became of every object file that was tried, of all features. */
  assets: Map<string, AssetResult>;
  /** The program that calls what is in this map, of the features that were loaded before. */
  caller: (map: string) => Caller | null;
}

/** Maps that all features have in common: name → scope. The first object that has one makes it. */
export const COMMON_MAPS: Readonly<Record<string, string>> = {
  facts: 'core',
  payloads: 'core',
  after_send: 'core',
  after_recv: 'core',
};
/** Bytes of them, for all. */
const COMMON_SIZES = { facts: 1 << 20, payloads: 8 << 20 } as const;

/** How a kernel refuses what it has. */
const POLICY = new Set<number>([constants.errno.EPERM, constants.errno.EACCES]);

const UNPROVEN = 'Its self-test has not come through yet.';
const NO_PROGRAMS = 'It has no programs here.';
const NO_CALLER = 'no program of another feature is there that would call it';

/** One try of a rung. */
interface Try {
  rung: RungSpec;
  programs: readonly HookProgram[];
  attached: boolean;
  reason: string;
  code: ErrorCode | null;
  /** The kernel was asked, and not by policy refused one of its programs. */
  lacking: boolean;
}

/** Climbs down the rungs of each hook group of one feature, from the best, until one holds. */
export class Ladder {
  readonly #feature: string;
  readonly #settings: LoadSettings;
  readonly #tools: LadderTools;
  /** What was loaded, by object. */
  readonly #loaded = new Map<string, readonly ProgramResult[]>();

  constructor(feature: string, settings: LoadSettings, tools: LadderTools) {
    this.#feature = feature;
    this.#settings = settings;
    this.#tools = tools;
  }

  /** Loads and attaches, and says what became of it, in the order of the table. What this kernel refuses is a value. */
  climb(specs: readonly HookGroupSpec[]): HookGroup[] {
    const done = new Map<string, HookGroup>();
    const visit = (spec: HookGroupSpec): void => {
      if (done.has(spec.name)) return;
      for (const earlier of spec.after ?? []) visit(specs.find(({ name }) => name === earlier)!);
      done.set(spec.name, this.#group(spec));
    };
    for (const spec of specs) visit(spec);
    return specs.map(({ name }) => done.get(name)!);
  }

  #group(spec: HookGroupSpec): HookGroup {
    const tries: Try[] = [];
    const rungs = spec.rungs.filter(({ option }) => option === undefined || this.#settings.asks.has(option));
    for (const rung of rungs) {
      const tried = this.#rung(spec, rung, rung === rungs.at(-1));
      tries.push(tried);
      // What was damaged is told, and not made up for by something else.
      if (tried.attached || tried.code !== null) break;
    }
    const last = tries.at(-1)!;
    const told = last.attached ? last : tries[0]!;
    const proof = (last.attached ? last.rung.proof : undefined) ?? spec.proof;
    const refused = last.attached ? tries.slice(0, -1) : tries;
    // Of rungs that are all refused one is kept, for those of its programs that attached: with two, what both see would count twice.
    const kept = last.attached ? last : (tries.find(({ programs }) => programs.some(hasAttached)) ?? last);
    for (const { rung } of tries) if (rung !== kept.rung) this.#release(rung, kept.rung);
    return {
      feature: this.#feature,
      name: spec.name,
      id: spec.id,
      rung: last.attached ? last.rung.rung : null,
      refused: refused.map((tried) => this.#refusal(tried)),
      proof,
      attached: last.attached,
      proven: last.attached && proof === 'none',
      fault: '',
      silent: false,
      reattached: 0,
      reason: last.attached ? (proof === 'none' ? '' : UNPROVEN) : this.#reason(tries),
      code: told.code,
      assets: this.#assets(tries),
      programs: told.programs,
    };
  }

  /** Of rungs that are all refused: the best one's, or, where each lacks something of the kernel, what the last one does, which asks least. */
  #reason(tries: readonly Try[]): string {
    const lacks = tries.map(({ rung, lacking, programs }) =>
      lacking || programs.length === 0 ? this.#tools.probes.lack(rung.needs) : '',
    );
    return lacks.every((lack) => lack !== '') ? lacks.at(-1)! : this.#refusal(tries[0]!).reason;
  }

  /** What is missing says more than what came of it. */
  #refusal({ rung, reason, lacking }: Try): RefusedRung {
    const lack = lacking ? this.#tools.probes.lack(rung.needs, reason) : '';
    if (lack === '') return { rung: rung.rung, reason, detail: '' };
    return { rung: rung.rung, reason: lack, detail: lack === reason ? '' : reason };
  }

  #assets(tries: readonly Try[]): Asset[] {
    const names = new Set(tries.flatMap(({ rung }) => rung.objects.map(({ object }) => object)));
    return [...names].flatMap((asset) => {
      const result = this.#tools.assets.get(asset);
      return result === undefined ? [] : [{ asset, result }];
    });
  }

  #rung(group: HookGroupSpec, rung: RungSpec, isLast: boolean): Try {
    const { probes, cgroup } = this.#tools;
    if (rung.objects.length === 0) return withoutObjects(rung, this.#missing(rung) || probes.unfit(rung.needs));
    const objects = rung.objects.filter(({ option }) => option === undefined || this.#settings.asks.has(option));
    const refuse = (programs: HookProgram[], reason = ''): Try =>
      outcome(rung, programs, reason, this.#damage(programs));
    // The last one is tried all the same, for those of its programs that do attach.
    const lack = probes.known && !isLast ? probes.lack(rung.needs) : '';
    if (lack !== '') return refuse([], lack);
    if (objects.some(({ called = {} }) => Object.values(called).some((map) => this.#tools.caller(map) === null))) {
      return refuse([], NO_CALLER);
    }
    const damaged = objects.filter(({ object }) => this.#tools.objects.get(object) instanceof ConntrailError);
    for (const { object } of damaged) this.#tools.assets.set(object, 'read_error');
    if (damaged.some(({ option }) => option === undefined)) {
      return refuse(
        damaged.map((spec) => marked(this.#refused(spec, constants.errno.EBADMSG, this.#why(spec)), group, spec)),
      );
    }
    const grounded = objects.find(({ option, cgroup: needed }) => needed === true && option === undefined);
    if (grounded !== undefined && cgroup.descriptor < 0) {
      const because = group.without === undefined ? cgroup.because : `${cgroup.because}, so ${group.without}`;
      const told = marked(this.#refused(grounded, cgroup.errno, because), group, grounded);
      return refuse([told], cgroup.advice?.(group.title ?? group.name));
    }
    return refuse(objects.flatMap((spec) => this.#load(spec).map((program) => marked(program, group, spec))));
  }

  /** The capability that it takes and nobody gave; empty when there is none. */
  #missing({ capability }: RungSpec): string {
    return capability === undefined || this.#tools.holds(capability) ? '' : `${capabilityName(capability)} is missing`;
  }

  #load(spec: ObjectSpec): readonly ProgramResult[] {
    let results = this.#loaded.get(spec.object);
    if (results === undefined) {
      results = this.#tryToLoad(spec);
      this.#loaded.set(spec.object, results);
    }
    return results;
  }

  #tryToLoad(spec: ObjectSpec): readonly ProgramResult[] {
    const { native, objects, cgroup } = this.#tools;
    const { maps, knobs, asks } = this.#settings;
    const bytes = objects.get(spec.object);
    if (bytes instanceof ConntrailError) return [this.#refused(spec, constants.errno.EBADMSG, bytes.message)];
    if (spec.cgroup === true && cgroup.descriptor < 0) return [this.#refused(spec, cgroup.errno, cgroup.because)];
    const results = native.load({
      scope: this.#feature,
      shared: COMMON_MAPS,
      object: spec.object,
      bytes,
      maps: { ...COMMON_SIZES, ...maps, ...spec.maps },
      knobs: { ...knobs, ...this.#knobs(spec) },
      iterators: spec.iterators ?? {},
      called: spec.called ?? {},
      skip: Object.entries(spec.asked ?? {})
        .filter(([, name]) => !asks.has(name))
        .map(([program]) => program),
      cgroup: cgroup.descriptor,
    });
    const needed = results.filter(
      ({ program, attached, errno }) => attached || POLICY.has(errno) || spec.optional?.includes(program) !== true,
    );
    this.#tools.assets.set(spec.object, resultOf(needed));
    return needed;
  }

  #knobs({ knobs = {} }: ObjectSpec): Record<string, number> {
    return Object.fromEntries(
      Object.entries(knobs).map(([name, value]) => {
        if (typeof value === 'number') return [name, value];
        const programs = this.#loaded.get(value.attached) ?? [];
        return [name, programs.length > 0 && programs.every(({ attached }) => attached) ? 1 : 0];
      }),
    );
  }

  /** Takes the programs of a rung out of the kernel, but for those that another one has as well. */
  #release(rung: RungSpec, live: RungSpec): void {
    for (const { object } of rung.objects) {
      if (live.objects.some((kept) => kept.object === object)) continue;
      this.#tools.native.unload(this.#feature, object);
      this.#loaded.delete(object);
    }
  }

  /** Of an object that is not given to the kernel; named by its file. */
  #refused({ object }: ObjectSpec, errno: number, reason: string): ProgramResult {
    const program = object.slice(object.lastIndexOf('/') + 1);
    const nothing = {
      section: '',
      loaded: false,
      attached: false,
      rejected: false,
      instructions: null,
      exceeded: null,
    };
    return { object, program, ...nothing, errno, reason };
  }

  #why({ object }: ObjectSpec): string {
    const found = this.#tools.objects.get(object);
    return found instanceof ConntrailError ? found.message : '';
  }

  /** The code of the first object that the group needs and that is not what was built. */
  #damage(programs: readonly HookProgram[]): ErrorCode | null {
    for (const { object, optional } of programs) {
      const found = this.#tools.objects.get(object);
      if (!optional && found instanceof ConntrailError) return found.code;
    }
    return null;
  }
}

/** A way that takes no programs. @param reason what it needs and has not */
function withoutObjects(rung: RungSpec, reason: string): Try {
  return { rung, programs: [], attached: reason === '', reason, code: null, lacking: false };
}

const hasAttached = ({ attached }: ProgramResult): boolean => attached;

function marked(program: ProgramResult, group: HookGroupSpec, { option }: ObjectSpec): HookProgram {
  return { ...program, group: group.name, optional: option !== undefined };
}

/** Of an object that was given to the kernel. */
function resultOf(results: readonly ProgramResult[]): AssetResult {
  if (results.some(({ rejected }) => rejected)) return 'verifier_rejected';
  return results.every(({ attached }) => attached) ? 'kernel_types' : 'loader_error';
}

/** One sentence for all: what the verifier says first, and of several reasons one; `programs` have the others. */
function sentence(refused: readonly HookProgram[], named: boolean): string {
  const first = refused.find(({ rejected }) => rejected) ?? refused[0];
  if (first === undefined) return '';
  const reason = wordsOf(first);
  if (!named) return reason;
  const alike = refused.filter((program) => wordsOf(program) === reason).length;
  const others = refused.length - alike;
  const who = alike === 1 ? first.program : `${first.program} and ${alike - 1} more`;
  return `${who}: ${reason}${others === 0 ? '' : `; ${others} more for other reasons`}`;
}

function wordsOf({ errno, rejected, reason }: ProgramResult): string {
  if (rejected || !POLICY.has(errno)) return reason;
  return `a policy of this machine forbids it (${errno === constants.errno.EPERM ? 'EPERM' : 'EACCES'})`;
}

/** @param reason when it is not that of the programs */
function outcome(rung: RungSpec, programs: readonly HookProgram[], reason: string, code: ErrorCode | null): Try {
  const refused = programs.filter(({ attached, optional }) => !attached && !optional);
  const attached = programs.length > 0 && refused.length === 0;
  // The file says enough when it was not given to the kernel.
  const told = sentence(refused, code === null);
  // The verifier's EACCES is no policy.
  const lacking =
    code === null && reason === '' && refused.some(({ errno, rejected }) => rejected || !POLICY.has(errno));
  return { rung, programs, attached, reason: attached ? '' : reason || told || NO_PROGRAMS, code, lacking };
}

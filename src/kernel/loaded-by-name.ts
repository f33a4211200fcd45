import type { NativeTracer } from '../native/index.js';
import type { LoadedGroups, LoadHost, LoadSettings } from '../pipeline/live-feature.js';
import type { Caller } from './callers.js';
import type { HookGroup } from './hook-groups.js';
import { COMMON_MAPS } from './ladder.js';

/** Sections of programs that user space runs, or gives to its sockets. */
const CALLED = /^(?:iter\/|syscall$|socket$)/;

/** Descriptors of one feature by name. */
export class LoadedByName<S extends LoadSettings> implements LoadedGroups<S> {
  readonly #native: NativeTracer;
  readonly #scope: string;
  readonly groups: readonly HookGroup[];
  readonly settings: S;
  readonly host: LoadHost;
  readonly #called: ReadonlyMap<string, Caller>;

  /** @param called programs that are not attached, by what calls them */
  constructor(
    native: NativeTracer,
    scope: string,
    groups: readonly HookGroup[],
    settings: S,
    host: LoadHost,
    called: ReadonlyMap<string, Caller>,
  ) {
    this.#native = native;
    this.#scope = scope;
    this.groups = groups;
    this.settings = settings;
    this.host = host;
    this.#called = called;
  }

  map(name: string): number {
    return this.#native.map(COMMON_MAPS[name] ?? this.#scope, name);
  }

  link(program: string): number {
    return this.#native.link(this.#scope, program);
  }

  program(name: string): number {
    return this.#native.program(this.#scope, name);
  }

  hook(name: string): number {
    const caller = this.#called.get(name);
    return caller === undefined ? this.program(name) : this.#native.program(caller.feature, caller.program);
  }

  get hooks(): readonly string[] {
    return this.groups.flatMap(({ programs }) =>
      programs.filter(({ attached, section }) => attached && !CALLED.test(section)).map(({ program }) => program),
    );
  }

  runIterator(program: string): void {
    this.#native.runIterator(this.#scope, program);
  }
}

/**
 * A client of schema registries that speak Confluent's API (Confluent, Apicurio, Karapace): bounded in time, bytes and tries.
 * @module
 */
import { ConntrailError } from '../errors.js';
import { type Call, callOnce } from './call.js';
import { RegistryError } from './registry-error.js';
import { type RegistryOptions, type RegistryTarget, registryTarget } from './registry-options.js';
import { withRetries } from './retry.js';

/** Ids stand in four bytes of each message, and begin with 1. */
const MAX_ID = 0x7fff_ffff;

export const LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof LEVELS)[number];

/** A schema as it stands in a registry. */
export interface RegisteredSchema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  /** The text as the registry has it; white space may differ from what was registered. */
  readonly schema: string;
}

/**
 * Each call throws a ConntrailError: `CONNTRAIL_REGISTRY_UNREACHABLE` or `_FAILING` once the tries are used up; `_TLS`, `_CREDENTIALS`,
 * `_INCOMPATIBLE`, `_SCHEMA`, `_NOT_FOUND` and `_ANSWER` at once. Schemas are sent as they are, so the same text must be given for the same
 * schema: some registries give another id for other white space.
 */
export class SchemaRegistry {
  private constructor(private readonly target: RegistryTarget) {}

  /** @throws ConntrailError CONNTRAIL_OPTION or CONNTRAIL_IO; the registry is not asked anything yet */
  static async open(options: RegistryOptions): Promise<SchemaRegistry> {
    return new SchemaRegistry(await registryTarget(options));
  }

  /** The id of the schema under this subject, which becomes its newest version when it is none yet. Once registered, always the same. */
  async register(subject: string, schema: string, signal?: AbortSignal): Promise<number> {
    const call: Call = { method: 'POST', path: `${subjectPath(subject)}/versions`, body: { schema } };
    return this.number(await this.call(call, signal), 'id', call, MAX_ID);
  }

  /** The version that has this schema; null when none has. */
  async lookUp(subject: string, schema: string, signal?: AbortSignal): Promise<RegisteredSchema | null> {
    const call: Call = { method: 'POST', path: subjectPath(subject), body: { schema } };
    return this.orNull(async () => this.registered(await this.call(call, signal), call));
  }

  /** The schema with this id; null when there is none, as after the registry lost what it had. */
  async byId(id: number, signal?: AbortSignal): Promise<string | null> {
    const call: Call = { method: 'GET', path: `schemas/ids/${id}` };
    return this.orNull(async () => this.text(await this.call(call, signal), 'schema', call));
  }

  /** Numbers of a subject's versions, oldest first; empty when there is no such subject. */
  async versions(subject: string, signal?: AbortSignal): Promise<number[]> {
    const call: Call = { method: 'GET', path: `${subjectPath(subject)}/versions` };
    const answer = (await this.orNull(() => this.call(call, signal))) ?? [];
    if (!Array.isArray(answer) || !answer.every((each) => Number.isInteger(each) && each > 0)) throw this.strange(call);
    return answer;
  }

  /** One version of a subject; null when it is not there. */
  async version(subject: string, version: number | 'latest', signal?: AbortSignal): Promise<RegisteredSchema | null> {
    const call: Call = { method: 'GET', path: `${subjectPath(subject)}/versions/${version}` };
    return this.orNull(async () => this.registered(await this.call(call, signal), call));
  }

  /** Whether the schema may follow the newest version, by the subject's level; true when there is no version yet. */
  async isCompatible(subject: string, schema: string, signal?: AbortSignal): Promise<boolean> {
    const call: Call = {
      method: 'POST',
      path: `compatibility/${subjectPath(subject)}/versions/latest`,
      body: { schema },
    };
    const answer = await this.orNull(() => this.call(call, signal));
    if (answer === null) return true;
    const { is_compatible: compatible } = answer as { is_compatible?: unknown };
    if (typeof compatible !== 'boolean') throw this.strange(call);
    return compatible;
  }

  /** What versions of a subject must be to each other; null: it has no level of its own. Without a subject: the registry's default. */
  async level(subject?: string, signal?: AbortSignal): Promise<CompatibilityLevel | null> {
    const call: Call = { method: 'GET', path: configPath(subject) };
    return this.orNull(async () => this.levelIn(await this.call(call, signal), call));
  }

  async setLevel(level: CompatibilityLevel, subject?: string, signal?: AbortSignal): Promise<void> {
    const call: Call = { method: 'PUT', path: configPath(subject), body: { compatibility: level } };
    if (this.levelIn(await this.call(call, signal), call) !== level) throw this.strange(call);
  }

  private call(call: Call, signal?: AbortSignal): Promise<unknown> {
    return withRetries(
      async () => {
        const answer = await callOnce(this.target, call, signal);
        if (typeof answer !== 'object' || answer === null) throw this.strange(call);
        return answer;
      },
      { attempts: this.target.attempts, signal },
    );
  }

  private async orNull<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'CONNTRAIL_REGISTRY_NOT_FOUND') return null;
      throw error;
    }
  }

  private registered(answer: unknown, call: Call): RegisteredSchema {
    return {
      subject: this.text(answer, 'subject', call),
      version: this.number(answer, 'version', call, MAX_ID),
      id: this.number(answer, 'id', call, MAX_ID),
      schema: this.text(answer, 'schema', call),
    };
  }

  private levelIn(answer: unknown, call: Call): CompatibilityLevel {
    // Confluent answers GET with the first and PUT with the second; Apicurio 3.0 both with the first.
    const { compatibilityLevel, compatibility } = answer as { compatibilityLevel?: unknown; compatibility?: unknown };
    const level = LEVELS.find((each) => each === (compatibilityLevel ?? compatibility));
    if (level === undefined) throw this.strange(call);
    return level;
  }

  private number(answer: unknown, name: string, call: Call, most: number): number {
    const value = (answer as Record<string, unknown>)[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) throw this.strange(call);
    return value;
  }

  private text(answer: unknown, name: string, call: Call): string {
    const value = (answer as Record<string, unknown>)[name];
    if (typeof value !== 'string') throw this.strange(call);
    return value;
  }

  private strange({ method, path }: Call): RegistryError {
    return new RegistryError(
      'CONNTRAIL_REGISTRY_ANSWER',
      `${this.target.base.host} does not speak as a schema registry: its answer to ${method} ${path} lacks what belongs there`,
    );
  }
}

const subjectPath = (subject: string): string => `subjects/${segment(subject)}`;
const configPath = (subject?: string): string => (subject === undefined ? 'config' : `config/${segment(subject)}`);

/** @throws ConntrailError CONNTRAIL_OPTION for what would be another path */
function segment(subject: string): string {
  if (/^\.{0,2}$/.test(subject))
    throw new ConntrailError(
      'CONNTRAIL_OPTION',
      `${JSON.stringify(subject)} cannot be a subject of a schema registry; choose another name`,
    );
  return encodeURIComponent(subject);
}

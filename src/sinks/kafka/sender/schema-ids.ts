import type { RegistryOptions } from '../../../registry/registry-options.js';
import { SchemaRegistry } from '../../../registry/schema-registry.js';

/** How often a registry is asked whether it still has what it gave an id for, ms. */
export const CHECK_MS = 60_000;
const LEVEL = 'FULL_TRANSITIVE';

/** Ids of our schemas in the registry. */
export class SchemaIds {
  private constructor(private readonly registry: SchemaRegistry) {}

  /** @throws ConntrailError CONNTRAIL_OPTION, CONNTRAIL_IO */
  static async open(options: RegistryOptions): Promise<SchemaIds> {
    return new SchemaIds(await SchemaRegistry.open(options));
  }

  /**
   * Registers the schema; a subject that has no version yet is told first what later ones must be like.
   *
   * @throws ConntrailError of the registry
   */
  async register(subject: string, schema: string, signal: AbortSignal): Promise<number> {
    const versions = await this.registry.versions(subject, signal);
    if (versions.length === 0) await this.registry.setLevel(LEVEL, subject, signal);
    return this.registry.register(subject, schema, signal);
  }

  /** Whether the registry still gives this schema for its id. @throws ConntrailError of the registry */
  async holds(id: number, schema: string, signal: AbortSignal): Promise<boolean> {
    const found = await this.registry.byId(id, signal);
    return found !== null && sameJson(found, schema);
  }
}

/** Registries may give a schema back with other white space and another order of attributes. */
function sameJson(a: string, b: string): boolean {
  try {
    return JSON.stringify(sorted(JSON.parse(a))) === JSON.stringify(sorted(JSON.parse(b)));
  } catch {
    return false;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

import { CGROUP_PATH } from '../../../src/cgroups/layout.gen.js';
import { KIND, OOM_KILL } from '../../../src/checks/oom-kill/layout.gen.js';

type Field = Exclude<keyof typeof OOM_KILL, 'size' | 'event' | `${string}_name` | `${string}_path_${string}`>;
const WIDE: ReadonlySet<string> = new Set<Field>([
  'boot_ns',
  'victim_start_ns',
  'victim_cgroup_id',
  'trigger_cgroup_id',
  'total_pages',
  'anon_pages',
  'file_pages',
  'shmem_pages',
  'limit_pages',
  'score',
]);
const HALF: ReadonlySet<string> = new Set<Field>(['scope', 'source']);

export interface KillEvent {
  readonly fields: Readonly<Partial<Record<Field, number | bigint>>>;
  readonly names?: Readonly<Partial<Record<'victim' | 'trigger', string>>>;
  /** Paths of cgroups. */
  readonly places?: Readonly<Partial<Record<'victim' | 'trigger' | 'memory', string>>>;
}

/** One `struct ct_oom_kill`, as the program writes it. */
export function killEvent({ fields, names = {}, places = {} }: KillEvent): Uint8Array {
  const bytes = new Uint8Array(OOM_KILL.size);
  const view = new DataView(bytes.buffer);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  view.setUint16(OOM_KILL.event, KIND.kill, true);
  view.setUint32(OOM_KILL.event + 4, OOM_KILL.size, true);
  for (const [field, value] of Object.entries(fields)) {
    const at = OOM_KILL[field as Field];
    if (WIDE.has(field)) view.setBigInt64(at, BigInt(value), true);
    else if (HALF.has(field)) view.setUint16(at, Number(value), true);
    else view.setInt32(at, Number(value), true);
  }
  for (const [whose, name] of Object.entries(names))
    bytes.set(text(name), OOM_KILL[`${whose as 'victim' | 'trigger'}_name`]);
  for (const [whose, path] of Object.entries(places)) {
    const at = OOM_KILL[`${whose as 'victim' | 'trigger' | 'memory'}_path_id`];
    const encoded = text(
      path
        .split('/')
        .filter(Boolean)
        .reverse()
        .map((name) => `${name}\0`)
        .join(''),
    );
    view.setBigUint64(at + CGROUP_PATH.id, 99n, true);
    view.setUint32(at + CGROUP_PATH.length, encoded.length, true);
    bytes.set(encoded, at + CGROUP_PATH.names);
  }
  return bytes;
}

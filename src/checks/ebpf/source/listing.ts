import type { BpfKind, NativeBpf } from '../../../native/index.js';

/** Ids of all objects of a kind, and whether the kernel lets us open them by these. */
export interface Listing {
  readonly ids: readonly number[];
  /** false: they are known from an iterator alone. */
  readonly byId: boolean;
}

/**
 * By bpf(2), or where that is not allowed, those that an iterator showed. In ascending order.
 * @param rows by id; null: there is no iterator
 * @param without ids that are to be left out
 */
export function list(
  bpf: Pick<NativeBpf, 'ids'>,
  kind: BpfKind,
  rows: ReadonlyMap<number, unknown> | null,
  without: ReadonlySet<number>,
): Listing {
  const found = bpf.ids(kind);
  const byId = typeof found !== 'number';
  const ids = byId ? [...found] : [...(rows?.keys() ?? [])].sort((a, b) => a - b);
  return { ids: ids.filter((id) => !without.has(id)), byId };
}

/**
 * An id that fills 64 bits in the kernel (socket cookie, network namespace cookie, cgroup id), as a signed number: exactly what the
 * Avro file and the NDJSON line hold. A `number` when that is exact (every id a kernel draws in practice), else a `bigint`; one value
 * always has the same form, so `===`, `Map` and `Set` work.
 */
export type Long64 = number | bigint;

/** The id of a signed 64-bit number. */
export function toLong64(value: bigint): Long64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

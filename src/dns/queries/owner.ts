import { COMM_LENGTH, OWNER_SOURCE, SEGMENT } from '../layout.gen.js';

/** Words of `struct ct_dns_segment` about the socket and its process. */
const COOKIE = SEGMENT.cookie >>> 2;
const OWNER = [
  SEGMENT.cgroup_id,
  SEGMENT.cgroup_id + 4,
  SEGMENT.start_ns,
  SEGMENT.start_ns + 4,
  SEGMENT.pid,
  SEGMENT.uid,
  SEGMENT.owner_source,
  ...Array.from({ length: COMM_LENGTH / 4 }, (_, i) => SEGMENT.comm + 4 * i),
].map((offset) => offset >>> 2);
const SOURCE = SEGMENT.owner_source >>> 2;

/** Lets the message at word `at` tell what a later one on the same socket knows better: its cookie, its process. */
export function adoptOwner(u32: Uint32Array, at: number, later: Uint32Array): void {
  if ((u32[at + COOKIE]! | u32[at + COOKIE + 1]!) === 0) {
    u32[at + COOKIE] = later[COOKIE]!;
    u32[at + COOKIE + 1] = later[COOKIE + 1]!;
  }
  const known = u32[at + SOURCE]! & 0xff;
  const told = later[SOURCE]! & 0xff;
  if (told <= known || told === OWNER_SOURCE.none) return;
  for (const word of OWNER) u32[at + word] = later[word]!;
}

import { type Observable, Subject } from 'rxjs';
import type { FrameView } from '../frames/frame-view.js';
import { CONN, DIRECTION, HOOK_GROUP, OWNER_SOURCE, SELFTEST, UDP } from '../frames/layout.gen.js';
import { type RecordBatch, VERDICT } from './record-batch.js';
import { isSelfTestAddress } from './self-test-address.js';

/** Most sockets of one self-test; the tracer opens fewer than twenty. */
const MAX_SOCKETS = 256;
/** Buckets of the first look, which nearly every record ends at. */
const BUCKETS = 256;

/**
 * The tracer's own test connections: their records are nobody's traffic, and prove the hooks that made them. A hook group counts as live
 * only after its proof. Those of other tracers on this host are known by their addresses, and prove nothing.
 */
export class SelfTest {
  readonly #low = new Uint32Array(MAX_SOCKETS);
  readonly #high = new Uint32Array(MAX_SOCKETS);
  readonly #group = new Uint32Array(MAX_SOCKETS);
  readonly #buckets = new Uint8Array(BUCKETS);
  readonly #proven = new Set<number>();
  readonly #proofs = new Subject<number>();
  #count = 0;

  /** HOOK_GROUP numbers, each once, when its proof arrives. */
  get proofs$(): Observable<number> {
    return this.#proofs.asObservable();
  }

  isProven(group: number): boolean {
    return this.#proven.has(group);
  }

  /** Takes in a SELFTEST frame. Returns false when it cannot be one. */
  add(frame: FrameView): boolean {
    if (frame.length % SELFTEST.size !== 0) return false;
    const sockets = frame.length / SELFTEST.size;
    if (this.#count + sockets > MAX_SOCKETS) return false;
    for (let i = 0; i < sockets; i++) {
      const at = (frame.start + i * SELFTEST.size) >>> 2;
      const low = frame.u32[at]!;
      this.#low[this.#count] = low;
      this.#high[this.#count] = frame.u32[at + 1]!;
      this.#group[this.#count++] = frame.u32[at + (SELFTEST.group >>> 2)]!;
      this.#buckets[low & (BUCKETS - 1)] = 1;
    }
    return true;
  }

  /** Marks the self-tests' records of a batch and announces what they prove. */
  inspect(batch: RecordBatch): void {
    const { u8, u32, count, verdict } = batch;
    for (let i = 0, at = batch.base >>> 2; i < count; i++, at += CONN.size >>> 2) {
      const low = u32[at]!;
      if (isSelfTestAddress(u8, u32, at << 2)) verdict[i] = VERDICT.selfTest;
      if (this.#buckets[low & (BUCKETS - 1)] !== 0) this.#compare(batch, i, low, u32[at + 1]!);
    }
  }

  complete(): void {
    this.#proofs.complete();
  }

  #compare(batch: RecordBatch, i: number, low: number, high: number): void {
    for (let k = 0; k < this.#count; k++) {
      if (this.#low[k] !== low || this.#high[k] !== high) continue;
      batch.verdict[i] = VERDICT.selfTest;
      const group = this.#group[k]!;
      if (this.#proven.has(group) || !proves(batch, i, group)) continue;
      this.#proven.add(group);
      this.#proofs.next(group);
    }
  }
}

function proves(batch: RecordBatch, i: number, group: number): boolean {
  const { u8, u32, closed } = batch;
  const base = batch.base + i * CONN.size;
  switch (group) {
    case HOOK_GROUP.tcp:
      // Of the accepted end: kernels differ in when it gets its cookie, and the opening one is right on all of them.
      return closed && u8[base + CONN.direction] === DIRECTION.incoming && hasBytes(u32, base + CONN.start_ns);
    case HOOK_GROUP.owner:
      return closed && u8[base + CONN.owner_source] === OWNER_SOURCE.first_io;
    case HOOK_GROUP.udp:
      return (
        closed &&
        u8[base + CONN.protocol] === UDP &&
        hasBytes(u32, base + CONN.sent_bytes) &&
        hasBytes(u32, base + CONN.received_bytes)
      );
    case HOOK_GROUP.snapshot:
      return !closed;
    default:
      return false;
  }
}

function hasBytes(u32: Uint32Array, at: number): boolean {
  return (u32[at >>> 2]! | u32[(at >>> 2) + 1]!) !== 0;
}

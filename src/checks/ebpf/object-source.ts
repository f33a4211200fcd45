import { nameEnd } from '../../encoding/process-name.js';
import type { RecordIdentity } from '../../encoding/record-identity.js';
import type { RecordSource } from '../../encoding/record-type.js';
import { safeText } from '../../encoding/safe-text.js';
import { u64 } from '../../frames/words.js';
import { COMM_LENGTH, KNOWN, NAME_LENGTH, OBJECT, OWNER, OWNERS, PATH_LENGTH } from './layout.gen.js';

const NOTHING = new ArrayBuffer(0);

/** One `struct ct_ebpf_object` in memory, and what the stage found out about it: one object reused for all records of its type. */
export abstract class EbpfObjectSource implements RecordIdentity, RecordSource {
  readonly host: Uint8Array;
  readonly bootId: Uint8Array;
  readonly run: number;
  seq = 0;
  /** Two views of the same memory. */
  u8: Uint8Array = new Uint8Array(NOTHING);
  u32: Uint32Array = new Uint32Array(NOTHING);
  /** Byte offset of the struct; a multiple of 8. */
  base = 0;
  /** CLOCK_REALTIME − CLOCK_BOOTTIME, µs. */
  wallOffsetUs = 0;
  /** What it belongs to; null: not known. */
  module: string | null = null;
  /** Bytes; null: not known. */
  memoryModel: number | null = null;

  constructor({ host, bootId, run }: RecordIdentity) {
    this.host = host;
    this.bootId = bootId;
    this.run = run;
  }

  abstract get typeName(): string;

  get id(): number {
    return this.word(OBJECT.id);
  }

  /** enum bpf_map_type or bpf_prog_type. */
  get type(): number {
    return this.word(OBJECT.type);
  }

  /** By the boot clock, ns. */
  get readNs(): number {
    return this.long(OBJECT.boot_ns);
  }

  get pageSize(): number {
    return this.word(OBJECT.page_size);
  }

  /** Its name, made safe; empty: it has none. */
  get name(): string {
    return this.text(OBJECT.name, NAME_LENGTH);
  }

  /** memlock of its fdinfo, bytes; null: not known. */
  get memoryKernel(): number | null {
    return this.knows(KNOWN.memlock) ? this.long(OBJECT.memlock) : null;
  }

  /** How many processes hold it; null: not known. */
  get ownerCount(): number | null {
    return this.knows(KNOWN.owners) ? this.word(OBJECT.owners) : null;
  }

  get ownersListed(): number {
    return Math.min(this.word(OBJECT.owners), OWNERS);
  }

  ownerPid(place: number): number {
    return this.word(OBJECT.owner + OWNER.size * place + OWNER.pid);
  }

  ownerName(place: number): string {
    return this.text(OBJECT.owner + OWNER.size * place + OWNER.name, COMM_LENGTH);
  }

  /** At how many paths it is pinned; null: not known. */
  get pinnedCount(): number | null {
    return this.knows(KNOWN.pinned) ? this.word(OBJECT.pinned) : null;
  }

  get pathsListed(): number {
    return this.byte(OBJECT.paths);
  }

  /** A path that it is pinned at, made safe. */
  path(place: number): string {
    return this.text(OBJECT.path + PATH_LENGTH * place, PATH_LENGTH);
  }

  /** Whether its bpf_map_info or bpf_prog_info is known: nothing follows from sizes that are not. */
  get hasInfo(): boolean {
    return this.knows(KNOWN.info);
  }

  /** @param bit of KNOWN */
  knows(bit: number): boolean {
    return (this.word(OBJECT.known) & bit) !== 0;
  }

  /** Makes `copy` one of this record that lasts. @param size of the struct */
  protected fill<S extends EbpfObjectSource>(copy: S, size: number): S {
    copy.u8 = this.u8.slice(this.base, this.base + size);
    copy.u32 = new Uint32Array(copy.u8.buffer);
    copy.seq = this.seq;
    copy.wallOffsetUs = this.wallOffsetUs;
    copy.module = this.module;
    copy.memoryModel = this.memoryModel;
    return copy;
  }

  /** @param offset in the struct, as the layout has it; likewise below */
  byte(offset: number): number {
    return this.u8[this.base + offset]!;
  }

  word(offset: number): number {
    return this.u32[(this.base + offset) >>> 2]!;
  }

  long(offset: number): number {
    return u64(this.u32, (this.base + offset) >>> 2);
  }

  /** A text of at most `most` bytes, made safe. */
  text(offset: number, most: number): string {
    const at = this.base + offset;
    return safeText(this.u8.subarray(at, nameEnd(this.u8, at, most)));
  }
}

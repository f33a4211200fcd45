/** Frames of eBPF objects as the source writes them, from plain values; what is left out is that of a sound object that little is known of. */
import {
  ATTACHMENT,
  ATTACHMENTS,
  ENTRIES_REASON,
  KNOWN,
  MAP,
  NO_ATTACH_TYPE,
  OBJECT,
  OWNER,
  OWNERS,
  PATH_LENGTH,
  PROGRAM,
  ROUND,
} from '../../src/checks/ebpf/layout.gen.js';
import { ATTACH_TYPES, LINK_TYPES, MAP_TYPES, PROGRAM_TYPES } from '../../src/checks/ebpf/type-names.js';

type Integer = number | bigint;

export interface ObjectFields {
  bootNs?: Integer;
  round?: number;
  id?: number;
  /** By name, or by number. */
  type?: string | number;
  /** More of KNOWN. */
  known?: number;
  memlock?: Integer;
  btfId?: number;
  reason?: number;
  pageSize?: number;
  name?: string;
  ours?: boolean;
  /** Who holds it; absent: not known. */
  owners?: readonly { pid: number; name: string; startNs?: Integer }[];
  /** How many in all, where they are more. */
  ownerCount?: number;
  paths?: readonly string[];
  pinned?: number;
}

export interface MapFields extends ObjectFields {
  keySize?: number;
  valueSize?: number;
  maxEntries?: number;
  flags?: number;
  extra?: Integer;
  frozen?: boolean;
  entries?: { count: Integer; by: number; ns?: Integer };
  entriesReason?: number;
  buffer?: {
    source: number;
    rings: number;
    bytes: Integer;
    mapped: Integer;
    mappedConsumer?: Integer;
    mappings: number;
  };
}

export interface ProgramFields extends ObjectFields {
  loadedNs?: Integer;
  runs?: { timeNs: Integer; count: Integer };
  misses?: Integer;
  statisticsSinceNs?: Integer;
  uid?: number;
  xlatedBytes?: number;
  jitedBytes?: number;
  verified?: number;
  gpl?: boolean;
  tag?: readonly number[];
  attachments?: readonly { linkId?: number; type: string | number; attachType?: string | number; target?: string }[];
  attachmentCount?: number;
}

export interface RoundFields {
  beganNs?: Integer;
  endedNs?: Integer;
  cpuNs?: Integer;
  countingNs?: Integer;
  round?: number;
  maps?: number;
  programs?: number;
}

/** When the objects of these frames are read unless they say otherwise, boot clock, ns. */
export const READ_NS = 20_000_000_000;

class Struct {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u64(offset: number, value: Integer = 0): void {
    this.#view.setBigUint64(offset, BigInt(value), true);
  }

  u32(offset: number, value = 0): void {
    this.#view.setUint32(offset, value, true);
  }

  u8(offset: number, value = 0): void {
    this.#view.setUint8(offset, value);
  }

  text(offset: number, text = ''): void {
    this.bytes.set(new TextEncoder().encode(text), offset);
  }
}

function numberOf(names: readonly string[], type: string | number): number {
  if (typeof type === 'number') return type;
  const number = names.indexOf(type);
  if (number < 0) throw new RangeError(`no type ${type}`);
  return number;
}

function object(struct: Struct, names: readonly string[], fields: ObjectFields): void {
  const { owners, paths = [], known = KNOWN.info, ours = false } = fields;
  const oneName = owners !== undefined && owners.length > 0 && owners.every(({ name }) => name === owners[0]!.name);
  const bits = [
    fields.memlock === undefined ? 0 : KNOWN.memlock,
    owners === undefined ? 0 : KNOWN.owners,
    fields.paths === undefined ? 0 : KNOWN.pinned,
    ours ? KNOWN.ours : 0,
    oneName ? KNOWN.one_name : 0,
  ];
  struct.u64(OBJECT.boot_ns, fields.bootNs ?? READ_NS);
  struct.u64(OBJECT.memlock, fields.memlock);
  struct.u32(OBJECT.round, fields.round ?? 1);
  struct.u32(OBJECT.id, fields.id ?? 1);
  struct.u32(OBJECT.type, numberOf(names, fields.type ?? 1));
  struct.u32(
    OBJECT.known,
    bits.reduce((all, bit) => all | bit, known),
  );
  struct.u32(OBJECT.btf_id, fields.btfId);
  struct.u32(OBJECT.owners, fields.ownerCount ?? owners?.length);
  struct.u32(OBJECT.pinned, fields.pinned ?? paths.length);
  struct.u8(OBJECT.paths, paths.length);
  struct.u8(OBJECT.reason, fields.reason);
  struct.u32(OBJECT.page_size, fields.pageSize ?? 4096);
  struct.text(OBJECT.name, fields.name);
  for (const [i, { pid, name, startNs }] of (owners ?? []).slice(0, OWNERS).entries()) {
    const at = OBJECT.owner + OWNER.size * i;
    struct.u64(at + OWNER.start_ns, startNs);
    struct.u32(at + OWNER.pid, pid);
    struct.text(at + OWNER.name, name);
  }
  for (const [i, path] of paths.entries()) struct.text(OBJECT.path + PATH_LENGTH * i, path);
}

/** One `struct ct_ebpf_map`. */
export function mapFrame(fields: MapFields): Uint8Array {
  const struct = new Struct(MAP.size);
  const { entries, buffer } = fields;
  const reason = entries === undefined ? (fields.entriesReason ?? ENTRIES_REASON.not_asked) : ENTRIES_REASON.none;
  const known = (entries === undefined ? 0 : KNOWN.entries) | (buffer === undefined ? 0 : KNOWN.buffer);
  object(struct, MAP_TYPES, { ...fields, known: (fields.known ?? KNOWN.info) | known });
  struct.u64(MAP.entries, entries?.count);
  struct.u64(MAP.entries_ns, entries === undefined ? 0 : (entries.ns ?? fields.bootNs ?? READ_NS));
  struct.u64(MAP.extra, fields.extra);
  struct.u64(MAP.buffer_bytes, buffer?.bytes);
  struct.u64(MAP.buffer_mapped, buffer?.mapped);
  struct.u64(MAP.buffer_mapped_consumer, buffer?.mappedConsumer);
  struct.u32(MAP.buffer_rings, buffer?.rings);
  struct.u32(MAP.buffer_mappings, buffer?.mappings);
  struct.u32(MAP.key_size, fields.keySize ?? 4);
  struct.u32(MAP.value_size, fields.valueSize ?? 8);
  struct.u32(MAP.max_entries, fields.maxEntries ?? 100);
  struct.u32(MAP.flags, fields.flags);
  struct.u8(MAP.entries_by, entries?.by);
  struct.u8(MAP.entries_reason, reason);
  struct.u8(MAP.buffer_source, buffer?.source);
  struct.u8(MAP.frozen, fields.frozen === true ? 1 : 0);
  return struct.bytes;
}

/** One `struct ct_ebpf_program`. */
export function programFrame(fields: ProgramFields): Uint8Array {
  const struct = new Struct(PROGRAM.size);
  const { runs, attachments } = fields;
  const bits = [
    runs === undefined ? 0 : KNOWN.runs,
    fields.misses === undefined ? 0 : KNOWN.misses,
    fields.verified === undefined ? 0 : KNOWN.verified,
    attachments === undefined ? 0 : KNOWN.links,
  ];
  object(struct, PROGRAM_TYPES, {
    ...fields,
    known: bits.reduce((all, bit) => all | bit, fields.known ?? KNOWN.info),
  });
  struct.u64(PROGRAM.loaded_ns, fields.loadedNs ?? 1_000_000_000);
  struct.u64(PROGRAM.run_time_ns, runs?.timeNs);
  struct.u64(PROGRAM.run_count, runs?.count);
  struct.u64(PROGRAM.recursion_misses, fields.misses);
  struct.u64(PROGRAM.statistics_since_ns, fields.statisticsSinceNs);
  struct.u32(PROGRAM.uid, fields.uid);
  struct.u32(PROGRAM.xlated_bytes, fields.xlatedBytes);
  struct.u32(PROGRAM.jited_bytes, fields.jitedBytes);
  struct.u32(PROGRAM.verified_instructions, fields.verified);
  struct.u32(PROGRAM.attachments, fields.attachmentCount ?? attachments?.length);
  struct.u8(PROGRAM.gpl_compatible, fields.gpl === true ? 1 : 0);
  for (const [i, byte] of (fields.tag ?? []).entries()) struct.u8(PROGRAM.tag + i, byte);
  for (const [i, { linkId, type, attachType, target }] of (attachments ?? []).slice(0, ATTACHMENTS).entries()) {
    const at = PROGRAM.attachment + ATTACHMENT.size * i;
    struct.u32(at + ATTACHMENT.link_id, linkId);
    struct.u32(at + ATTACHMENT.type, numberOf(LINK_TYPES, type));
    struct.u32(
      at + ATTACHMENT.attach_type,
      attachType === undefined ? NO_ATTACH_TYPE : numberOf(ATTACH_TYPES, attachType),
    );
    struct.text(at + ATTACHMENT.target, target);
  }
  return struct.bytes;
}

/** One `struct ct_ebpf_round`. */
export function roundFrame(fields: RoundFields): Uint8Array {
  const struct = new Struct(ROUND.size);
  const ended = fields.endedNs ?? READ_NS;
  struct.u64(ROUND.began_ns, fields.beganNs ?? ended);
  struct.u64(ROUND.ended_ns, ended);
  struct.u64(ROUND.cpu_ns, fields.cpuNs);
  struct.u64(ROUND.counting_ns, fields.countingNs);
  struct.u32(ROUND.round, fields.round ?? 1);
  struct.u32(ROUND.maps, fields.maps);
  struct.u32(ROUND.programs, fields.programs);
  return struct.bytes;
}

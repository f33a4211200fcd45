import { COMM_LENGTH, KNOWN, NAME_LENGTH, OBJECT, OWNER, OWNERS, PATH_LENGTH, PATHS, REASON } from '../layout.gen.js';
import type { FrameWriter } from './frame-writer.js';
import type { ObjectOwners } from './owners.js';

/** What holds for maps and programs alike. */
export interface ObjectFacts {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly btfId: number;
  readonly readNs: bigint;
  /** Bytes; null: not known. */
  readonly memlock: number | null;
  readonly owners: ObjectOwners | null;
  readonly pinned: readonly string[] | null;
  readonly ours: boolean;
  readonly reason: keyof typeof REASON;
}

/** Writes the head of a frame. @returns the bits of `known` that it knows */
export function writeObject(frame: FrameWriter, round: number, pageSize: number, facts: ObjectFacts): number {
  const { owners, pinned, memlock } = facts;
  let known: number = KNOWN.info;
  frame.wide(OBJECT.boot_ns, facts.readNs);
  frame.word(OBJECT.round, round);
  frame.word(OBJECT.id, facts.id);
  frame.word(OBJECT.type, facts.type);
  frame.word(OBJECT.btf_id, facts.btfId);
  frame.word(OBJECT.page_size, pageSize);
  frame.byte(OBJECT.reason, REASON[facts.reason]);
  frame.text(OBJECT.name, facts.name, NAME_LENGTH);
  if (facts.ours) known |= KNOWN.ours;
  if (memlock !== null) {
    frame.long(OBJECT.memlock, memlock);
    known |= KNOWN.memlock;
  }
  if (owners !== null) {
    writeOwners(frame, owners);
    known |= KNOWN.owners | (owners.oneName ? KNOWN.one_name : 0);
  }
  if (pinned !== null) {
    writePaths(frame, pinned);
    known |= KNOWN.pinned;
  }
  return known;
}

function writeOwners(frame: FrameWriter, { owners }: ObjectOwners): void {
  frame.word(OBJECT.owners, owners.length);
  for (const [i, { pid, startNs, name }] of owners.slice(0, OWNERS).entries()) {
    const at = OBJECT.owner + i * OWNER.size;
    frame.wide(at + OWNER.start_ns, startNs);
    frame.word(at + OWNER.pid, pid);
    frame.text(at + OWNER.name, name, COMM_LENGTH);
  }
}

function writePaths(frame: FrameWriter, pinned: readonly string[]): void {
  frame.word(OBJECT.pinned, pinned.length);
  // In bytes, as the file system has them: one that does not fit whole is left out.
  const paths = pinned.map((path) => Buffer.from(path).toString('latin1')).filter((path) => path.length < PATH_LENGTH);
  const fitting = paths.slice(0, PATHS);
  frame.byte(OBJECT.paths, fitting.length);
  for (const [i, path] of fitting.entries()) frame.text(OBJECT.path + i * PATH_LENGTH, path, PATH_LENGTH);
}

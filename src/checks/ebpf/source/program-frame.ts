import { ATTACHMENT, ATTACHMENTS, KNOWN, PROGRAM, TARGET_LENGTH } from '../layout.gen.js';
import type { Attachment } from './attachments.js';
import { FrameWriter } from './frame-writer.js';
import { type ObjectFacts, writeObject } from './object-frame.js';
import type { ProgramFacts } from './program-facts.js';

export interface ProgramReading extends ObjectFacts, Omit<ProgramFacts, 'id' | 'type' | 'name' | 'btfId' | 'function'> {
  /** null: not every link was seen. */
  readonly attachments: readonly Attachment[] | null;
  /** Boot clock, ns; 0: they are off. */
  readonly statisticsSinceNs: bigint;
}

/** The frame of one reading of one program. */
export class ProgramFrame {
  readonly #frame = new FrameWriter(PROGRAM.size);
  readonly #pageSize: number;

  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  /** @returns its payload, until the next one is written */
  write(round: number, reading: ProgramReading): Uint8Array {
    const frame = this.#frame;
    const { runTimeNs, runCount, misses, verified } = reading;
    frame.clear();
    let known = writeObject(frame, round, this.#pageSize, reading);
    frame.wide(PROGRAM.loaded_ns, reading.loadedNs);
    frame.wide(PROGRAM.statistics_since_ns, reading.statisticsSinceNs);
    frame.word(PROGRAM.uid, reading.uid);
    frame.word(PROGRAM.xlated_bytes, reading.xlatedBytes);
    frame.word(PROGRAM.jited_bytes, reading.jitedBytes);
    frame.byte(PROGRAM.gpl_compatible, reading.gplCompatible ? 1 : 0);
    frame.bytes.set(reading.tag, PROGRAM.tag);
    if (runTimeNs !== null && runCount !== null) {
      frame.wide(PROGRAM.run_time_ns, runTimeNs);
      frame.wide(PROGRAM.run_count, runCount);
      known |= KNOWN.runs;
    }
    if (misses !== null) {
      frame.wide(PROGRAM.recursion_misses, misses);
      known |= KNOWN.misses;
    }
    if (verified !== null) {
      frame.word(PROGRAM.verified_instructions, verified);
      known |= KNOWN.verified;
    }
    if (reading.attachments !== null) {
      this.#writeAttachments(reading.attachments);
      known |= KNOWN.links;
    }
    frame.word(PROGRAM.object_known, known);
    return frame.bytes;
  }

  #writeAttachments(attachments: readonly Attachment[]): void {
    const frame = this.#frame;
    frame.word(PROGRAM.attachments, attachments.length);
    for (const [i, { link, type, attachType, target }] of attachments.slice(0, ATTACHMENTS).entries()) {
      const at = PROGRAM.attachment + i * ATTACHMENT.size;
      frame.word(at + ATTACHMENT.link_id, link);
      frame.word(at + ATTACHMENT.type, type);
      frame.word(at + ATTACHMENT.attach_type, attachType);
      frame.text(at + ATTACHMENT.target, Buffer.from(target).toString('latin1'), TARGET_LENGTH);
    }
  }
}

import type { RecordIdentity } from '../../encoding/record-identity.js';
import { ATTACHMENT, ATTACHMENTS, PROGRAM, TAG_LENGTH, TARGET_LENGTH } from './layout.gen.js';
import { EbpfObjectSource } from './object-source.js';
import type { Runs } from './runs.js';
import { ATTACH_TYPES, LINK_TYPES, PROGRAM_TYPES, typeName } from './type-names.js';

/** One `struct ct_ebpf_program` in memory, and what it did since it was read before: the input of the encoders. */
export class EbpfProgramSource extends EbpfObjectSource {
  readonly last: Runs;

  constructor(identity: RecordIdentity, last: Runs) {
    super(identity);
    this.last = last;
  }

  /** The same, for as long as it is wanted. */
  copy(): EbpfProgramSource {
    return this.fill(new EbpfProgramSource(this, { ...this.last }), PROGRAM.size);
  }

  get typeName(): string {
    return typeName(PROGRAM_TYPES, this.type);
  }

  /** Hexadecimal digits. */
  get tag(): string {
    let text = '';
    for (let i = 0; i < TAG_LENGTH; i++)
      text += this.byte(PROGRAM.tag + i)
        .toString(16)
        .padStart(2, '0');
    return text;
  }

  get attachmentsListed(): number {
    return Math.min(this.word(PROGRAM.attachments), ATTACHMENTS);
  }

  linkType(place: number): string {
    return typeName(LINK_TYPES, this.word(PROGRAM.attachment + ATTACHMENT.size * place + ATTACHMENT.type));
  }

  attachType(place: number): string {
    return typeName(ATTACH_TYPES, this.word(PROGRAM.attachment + ATTACHMENT.size * place + ATTACHMENT.attach_type));
  }

  /** What it is attached to, made safe; empty: not known. */
  target(place: number): string {
    return this.text(PROGRAM.attachment + ATTACHMENT.size * place + ATTACHMENT.target, TARGET_LENGTH);
  }
}

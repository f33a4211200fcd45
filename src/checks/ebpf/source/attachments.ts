import type { LinkInfo, NativeBpf } from '../../../native/index.js';
import { NO_ATTACH_TYPE } from '../layout.gen.js';
import { LINK_ROW } from '../rows/layout.gen.js';
import { eventTarget, LINK, linkTarget } from './attachment-target.js';
import type { Holder } from './holder.js';

/** A place that a program is attached to. */
export interface Attachment {
  /** 0: not by a link. */
  readonly link: number;
  /** enum bpf_link_type and bpf_attach_type. */
  readonly type: number;
  readonly attachType: number;
  /** Empty: not known. */
  readonly target: string;
}

/** enum bpf_attach_type: BPF_PERF_EVENT. */
const PERF_EVENT = 41;

type Kernel = Pick<NativeBpf, 'ids' | 'open' | 'close' | 'linkInfo' | 'eventInfo'>;

/** Which programs are attached where. */
export class Attachments {
  readonly #byProgram = new Map<number, Attachment[]>();
  /** Whether every link was seen. */
  readonly complete: boolean;

  /** @param rows of the iterator over links; null: there is none */
  constructor(bpf: Kernel, rows: DataView | null, holders: readonly Holder[]) {
    const ids = bpf.ids('link');
    if (typeof ids !== 'number') for (const id of ids) this.#addLink(bpf, id, holders);
    else if (rows !== null) this.#addRows(rows);
    this.complete = typeof ids !== 'number' || rows !== null;
    this.#addEvents(bpf, holders);
  }

  /** Links by their ids, and what is attached without one behind them. */
  of(program: number): readonly Attachment[] {
    return this.#byProgram.get(program) ?? [];
  }

  #add(program: number, attachment: Attachment): void {
    const known = this.#byProgram.get(program);
    if (known === undefined) this.#byProgram.set(program, [attachment]);
    else known.push(attachment);
  }

  #addLink(bpf: Kernel, id: number, holders: readonly Holder[]): void {
    const descriptor = bpf.open('link', id);
    if (descriptor < 0) return;
    const link = bpf.linkInfo(descriptor);
    bpf.close(descriptor);
    if (typeof link === 'number' || link.program === 0) return;
    const { type, attachType } = link;
    const target = linkTarget(link) || perfTargetOf(bpf, link, holders);
    this.#add(link.program, { link: id, type, attachType: attachType ?? NO_ATTACH_TYPE, target });
  }

  #addRows(rows: DataView): void {
    for (let at = 0; at + LINK_ROW.size <= rows.byteLength; at += LINK_ROW.size) {
      const word = (offset: number): number => rows.getUint32(at + offset, true);
      if (word(LINK_ROW.program) === 0) continue;
      const type = word(LINK_ROW.type);
      this.#add(word(LINK_ROW.program), { link: word(LINK_ROW.id), type, attachType: NO_ATTACH_TYPE, target: '' });
    }
  }

  /** Perf events that run a program without a link. Each CPU may have one of its own. */
  #addEvents(bpf: Kernel, holders: readonly Holder[]): void {
    const seen = new Set<string>();
    for (const { what, id, pid, descriptor } of holders) {
      if (what !== 'event' || this.of(id).some(({ link, type }) => link !== 0 && type === LINK.perfEvent)) continue;
      const event = bpf.eventInfo(pid, descriptor);
      if (typeof event === 'number' || event.program !== id) continue;
      const target = eventTarget(event);
      const place = `${id} ${target}`;
      if (seen.has(place)) continue;
      seen.add(place);
      this.#add(id, { link: 0, type: LINK.perfEvent, attachType: PERF_EVENT, target });
    }
  }
}

/** Before Linux 6.6 the link does not say what its perf event is, and whoever has that does. */
function perfTargetOf(bpf: Kernel, { type, program }: LinkInfo, holders: readonly Holder[]): string {
  if (type !== LINK.perfEvent) return '';
  const held = holders.filter(({ what, id }) => what === 'event' && id === program);
  for (const { pid, descriptor } of held) {
    const event = bpf.eventInfo(pid, descriptor);
    if (typeof event !== 'number' && event.program === program) return eventTarget(event);
  }
  return '';
}

import type { Fragments, Slice } from '../../encoding/fragments.js';
import type { StreamClock } from '../../pipeline/stream-clock.js';
import { cutOf, MOST_AVRO, MOST_JSON, putListAvro, putListJson, toldPlaces } from './list-bytes.js';
import { Lists } from './lists.js';
import type { NameList } from './name-list.js';
import type { NameTexts } from './name-texts.js';

/** Bytes of encoded lists that are kept; others are encoded at each use. */
const MOST_KEPT = 32 << 20;
/** Marks of a list: the places that are told, and the forms in which it was encoded once. */
const TOLD = 0xff;
const AVRO_MARK = 1 << 8;
const JSON_MARK = 1 << 9;

interface Form {
  readonly mark: number;
  readonly put: typeof putListAvro;
  /** By list, of those that are kept. */
  readonly bytes: (Uint8Array | undefined)[];
}
type OwnSlice = { -readonly [K in keyof Slice]: Slice[K] };

/** Lists of names with their bytes, for the encoders of records: handles are held and released; what is used twice is encoded once. */
export class NameFragments {
  readonly #texts: NameTexts;
  readonly #clock: Pick<StreamClock, 'wallOffsetUs'>;
  readonly #lists: Lists;
  readonly #avro: Form = { mark: AVRO_MARK, put: putListAvro, bytes: [] };
  readonly #json: Form = { mark: JSON_MARK, put: putListJson, bytes: [] };
  /** By list, of those that were asked for. */
  readonly #told: (readonly string[] | undefined)[] = [];
  #kept = 0;
  /** Lists that found no room. */
  refused = 0;
  /** Names that a record did not tell although its address had them: beyond TOLD_NAMES, or beyond the room for their text. */
  untold = 0;

  /** @param limit of lists that are held at a time */
  constructor(texts: NameTexts, clock: Pick<StreamClock, 'wallOffsetUs'>, limit: number) {
    this.#texts = texts;
    this.#clock = clock;
    this.#lists = new Lists(limit, (list) => this.#forget(list));
  }

  get held(): number {
    return this.#lists.held;
  }

  get bytes(): number {
    return this.#lists.bytes + this.#kept;
  }

  /** The handle of what `list` tells, held once more; 0: it tells nothing, or there is no room. */
  take(list: NameList): number {
    if (list.told === 0) return 0;
    const handle = this.#lists.take(list, this.#clock.wallOffsetUs);
    if (handle === 0) this.refused++;
    else if (this.#lists.isNew) {
      for (let i = 0; i < list.told; i++) this.#texts.retain(list.names[i]!);
      this.#lists.mark(handle, toldPlaces(this.#lists, handle, this.#texts));
    }
    if (handle !== 0) this.untold += list.count - list.told + cutOf(this.#lists.marks(handle));
    return handle;
  }

  release(handle: number): void {
    this.#lists.release(handle);
  }

  /** Its names as they are told. */
  textsOf(handle: number): readonly string[] {
    const known = this.#told[handle];
    if (known !== undefined) return known;
    const told = this.#lists.marks(handle) & TOLD;
    const texts: string[] = [];
    for (let i = 0; told >>> i !== 0; i++) {
      if (told & (1 << i)) texts.push(this.#texts.text(this.#lists.name(handle, i)));
    }
    this.#told[handle] = texts;
    return texts;
  }

  /** The bytes of these lists for one field of a record: an encoder has the slices of several fields at a time. */
  view(): Fragments {
    const avro = new Uint8Array(MOST_AVRO);
    const json = new Uint8Array(MOST_JSON);
    const slice: OwnSlice = { bytes: avro, start: 0, end: 0 };
    return {
      avro: (handle) => this.#slice(handle, this.#avro, slice, avro),
      json: (handle) => this.#slice(handle, this.#json, slice, json),
      texts: (handle) => this.textsOf(handle),
    };
  }

  #slice(handle: number, form: Form, slice: OwnSlice, scratch: Uint8Array): Slice {
    const kept = form.bytes[handle];
    if (kept !== undefined) {
      slice.bytes = kept;
      slice.end = kept.length;
      return slice;
    }
    const marks = this.#lists.marks(handle);
    slice.bytes = scratch;
    slice.end = form.put(scratch, 0, this.#lists, handle, marks & TOLD, this.#texts);
    // Most lists are of one record: what is used a second time is worth a copy.
    if ((marks & form.mark) !== 0 && this.#kept + slice.end <= MOST_KEPT) {
      this.#kept += slice.end;
      form.bytes[handle] = scratch.slice(0, slice.end);
    }
    this.#lists.mark(handle, form.mark);
    return slice;
  }

  #forget(handle: number): void {
    for (const { bytes } of [this.#avro, this.#json]) {
      this.#kept -= bytes[handle]?.length ?? 0;
      bytes[handle] = undefined;
    }
    this.#told[handle] = undefined;
    for (let i = 0; i < this.#lists.count(handle); i++) this.#texts.release(this.#lists.name(handle, i));
  }
}

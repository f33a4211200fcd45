/**
 * A list of names as bytes: the value of `remote.names` without its branch. schemas/connection.map.mjs has the bounds too.
 * @module
 */
import { putTime } from '../../encoding/time-text.js';
import { putNumber } from '../../encoding/varint.js';
import type { Lists } from './lists.js';
import { NAME_SOURCE, NO_TIME } from './name-list.js';
import type { NameTexts } from './name-texts.js';

/** Most characters of all names of a list together: what does not fit is not told. The first one always does. */
const MOST_TEXT = 1024;
/** Most bytes of a list. */
export const MOST_AVRO = 1200;
export const MOST_JSON = 2700;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const encoder = new TextEncoder();
const SOURCES = Object.keys(NAME_SOURCE).map((name) => encoder.encode(`,"source":"${name}","time":`));
const NAME = encoder.encode('{"name":');
const NULL = encoder.encode('null');
const OWNS = ['null', 'false', 'true'].map((text) => encoder.encode(`,"own":${text}}`));

/** Where toldPlaces has how many texts found no room. */
const CUT_SHIFT = 10;
const CUT = 0xf << CUT_SHIFT;

/** The places in a list that are told, a bit for each: every text once, as many as there is room for; and how many found none (cutOf). */
export function toldPlaces(lists: Lists, list: number, texts: NameTexts): number {
  let told = 0;
  let cut = 0;
  let length = 0;
  for (let i = 0; i < lists.count(list); i++) {
    const text = texts.text(lists.name(list, i));
    // Names that differ may be told alike: only their domain, say.
    let before = 0;
    while (before < i && texts.text(lists.name(list, before)) !== text) before++;
    if (before < i) continue;
    length += text.length;
    if (length > MOST_TEXT) cut++;
    else told |= 1 << i;
  }
  return told | (cut << CUT_SHIFT);
}

/** Texts of a list that found no room in a record, by what toldPlaces said of it. */
export function cutOf(places: number): number {
  return (places & CUT) >>> CUT_SHIFT;
}

/** Writes the list as an Avro array; returns the position behind it. */
export function putListAvro(
  out: Uint8Array,
  pos: number,
  lists: Lists,
  list: number,
  told: number,
  texts: NameTexts,
): number {
  let count = 0;
  for (let bits = told; bits !== 0; bits &= bits - 1) count++;
  let p = putNumber(out, pos, count);
  for (let i = 0; told >>> i !== 0; i++) {
    if ((told & (1 << i)) === 0) continue;
    const text = texts.text(lists.name(list, i));
    p = putNumber(out, p, text.length);
    for (let k = 0; k < text.length; k++) out[p++] = text.charCodeAt(k);
    out[p++] = lists.source(list, i) << 1;
    const isTimed = lists.time(list, i) !== NO_TIME;
    out[p++] = isTimed ? 2 : 0;
    if (isTimed) p = putNumber(out, p, lists.utcUs(list, i));
    const own = lists.own(list, i);
    out[p++] = own === 0 ? 0 : 2;
    if (own !== 0) out[p++] = own - 1;
  }
  out[p++] = 0;
  return p;
}

/** The same as a JSON array. */
export function putListJson(
  out: Uint8Array,
  pos: number,
  lists: Lists,
  list: number,
  told: number,
  texts: NameTexts,
): number {
  let p = pos;
  out[p++] = 0x5b;
  for (let i = 0; told >>> i !== 0; i++) {
    if ((told & (1 << i)) === 0) continue;
    if (p > pos + 1) out[p++] = COMMA;
    p = putBytes(out, p, NAME);
    p = putString(out, p, texts.text(lists.name(list, i)));
    p = putBytes(out, p, SOURCES[lists.source(list, i)]!);
    const isTimed = lists.time(list, i) !== NO_TIME;
    p = isTimed ? putTime(out, p, lists.utcUs(list, i)) : putBytes(out, p, NULL);
    p = putBytes(out, p, OWNS[lists.own(list, i)]!);
  }
  out[p++] = 0x5d;
  return p;
}

function putString(out: Uint8Array, pos: number, text: string): number {
  let p = pos;
  out[p++] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE || code === BACKSLASH) out[p++] = BACKSLASH;
    out[p++] = code;
  }
  out[p++] = QUOTE;
  return p;
}

function putBytes(out: Uint8Array, pos: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) out[pos + i] = bytes[i]!;
  return pos + bytes.length;
}

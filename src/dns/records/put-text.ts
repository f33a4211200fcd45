import { putDecimal } from '../../encoding/decimal.js';
import { className, typeName } from '../message/types.js';

/** Types and classes beyond have no names of their own. */
const KNOWN = 512;
const encoder = new TextEncoder();
const types = Array.from({ length: KNOWN }, (_, number) => encoder.encode(typeName(number)));
const classes = Array.from({ length: KNOWN }, (_, number) => encoder.encode(className(number)));
const TYPE = encoder.encode('TYPE');
const CLASS = encoder.encode('CLASS');

/** Writes `AAAA`, or `TYPE65400`; returns the position behind it. */
export function putType(out: Uint8Array, pos: number, number: number): number {
  return putWord(out, pos, types, TYPE, number);
}

/** Writes `IN`, or `CLASS32`; returns the position behind it. */
export function putClass(out: Uint8Array, pos: number, number: number): number {
  return putWord(out, pos, classes, CLASS, number);
}

function putWord(out: Uint8Array, pos: number, known: readonly Uint8Array[], prefix: Uint8Array, number: number) {
  if (number < KNOWN) return putBytes(out, pos, known[number]!);
  return putDecimal(out, putBytes(out, pos, prefix), number);
}

function putBytes(out: Uint8Array, pos: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) out[pos + i] = bytes[i]!;
  return pos + bytes.length;
}

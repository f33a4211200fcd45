/**
 * Walks encoded records without making objects of them. avsc believes the count that an array or a map begins with, and makes as many items
 * as it says, whether or not there are bytes for them: of a damaged file until the memory is full. So what has either is walked first.
 * @module
 */
import type { Schema } from 'avsc';
import { readLong } from './long-input.js';

/** Position behind the value at `at`; -1 when there is none. */
export type Skipper = (bytes: Uint8Array, at: number) => number;

type Node = string | readonly Node[] | { type: Node; [key: string]: unknown };

/** What walks records of this schema; null when nothing in it begins with a count. */
export function skipperOf(schema: Schema): Skipper | null {
  if (!/"type":"(?:array|map)"/.test(JSON.stringify(schema))) return null;
  return build(schema as Node, new Map());
}

function build(node: Node, named: Map<string, Skipper>): Skipper {
  if (typeof node === 'string') return PRIMITIVES[node] ?? ((bytes, at) => named.get(short(node))!(bytes, at));
  if (Array.isArray(node)) return union(node.map((branch: Node) => build(branch, named)));
  const { type, name } = node as { type: Node; name?: string };
  if (typeof type !== 'string') return build(type, named);
  const skip = complex(node as Complex, named);
  if (name !== undefined) named.set(short(name), skip);
  return skip;
}

interface Complex {
  type: string;
  name?: string;
  fields?: readonly { type: Node }[];
  items?: Node;
  values?: Node;
  size?: number;
}

function complex({ type, name, fields, items, values, size }: Complex, named: Map<string, Skipper>): Skipper {
  switch (type) {
    case 'record': {
      const parts: Skipper[] = [];
      const skip: Skipper = (bytes, at) => {
        let end = at;
        for (let i = 0; i < parts.length && end >= 0; i++) end = parts[i]!(bytes, end);
        return end;
      };
      // A record may hold itself.
      if (name !== undefined) named.set(short(name), skip);
      for (const field of fields ?? []) parts.push(build(field.type, named));
      return skip;
    }
    case 'enum':
      return long;
    case 'fixed':
      return (bytes, at) => within(bytes, at + (size ?? 0));
    case 'array':
      return counted(build(items!, named));
    case 'map': {
      const value = build(values!, named);
      return counted((bytes, at) => {
        const end = text(bytes, at);
        return end < 0 ? -1 : value(bytes, end);
      });
    }
    default:
      return build(type, named);
  }
}

/** Blocks of items, each behind their count; a negative count is followed by the bytes of its block. */
function counted(item: Skipper): Skipper {
  return (bytes, at) => {
    let end = at;
    for (;;) {
      const count = readLong(bytes, end);
      if (count === null) return -1;
      end = count.end;
      if (count.value === 0) return end;
      if (count.value < 0) {
        end = long(bytes, end);
        if (end < 0) return -1;
      }
      const items = Math.abs(count.value);
      // Even an item of one byte takes that.
      if (!(items <= bytes.length - end)) return -1;
      for (let i = 0; i < items && end >= 0; i++) end = item(bytes, end);
      if (end < 0) return -1;
    }
  };
}

function union(branches: readonly Skipper[]): Skipper {
  return (bytes, at) => {
    const branch = readLong(bytes, at);
    const skip = branch === null ? undefined : branches[branch.value];
    return skip === undefined ? -1 : skip(bytes, branch!.end);
  };
}

function within(bytes: Uint8Array, end: number): number {
  return end <= bytes.length ? end : -1;
}

function long(bytes: Uint8Array, at: number): number {
  const value = readLong(bytes, at);
  return value === null || Number.isNaN(value.value) ? -1 : value.end;
}

function text(bytes: Uint8Array, at: number): number {
  const length = readLong(bytes, at);
  return length === null || !(length.value >= 0) ? -1 : within(bytes, length.end + length.value);
}

const PRIMITIVES: Readonly<Record<string, Skipper>> = {
  null: (_, at) => at,
  boolean: (bytes, at) => within(bytes, at + 1),
  int: long,
  long,
  float: (bytes, at) => within(bytes, at + 4),
  double: (bytes, at) => within(bytes, at + 8),
  bytes: text,
  string: text,
};

/** Names in our schemas are of one namespace. */
function short(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

import type { SpoolEntry, SpoolFile, SpoolFiles, SpoolLock } from '../../src/spool/spool-files.js';

/** A file of the simulated disk: what it reads as, and how it became so since it was synced. */
interface Node {
  bytes: Uint8Array;
  durable: Uint8Array;
  pending: ({ at: number; bytes: Uint8Array } | { truncate: number })[];
}

type NameOp =
  | { op: 'create'; name: string; node: Node }
  | { op: 'remove'; name: string; node: Node }
  | { op: 'rename'; name: string; to: string; node: Node };

export type Operation = 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'syncNames';

/** Thrown instead of an operation when the power is cut just before it. */
export class PowerCut extends Error {}

/**
 * A disk in memory that keeps apart what is synced and what is not. Every change is counted and may be refused: `before` is called with its number
 * and may throw an errno, or PowerCut, after which nothing works any more.
 */
export class SimDisk {
  names = new Map<string, Node>();
  folders = new Set<string>();
  #durable = new Map<string, Node>();
  #nameOps: NameOp[] = [];
  #locks = new Set<string>();
  #watchers = new Set<() => void>();
  readonly log: string[] = [];
  operations = 0;
  dead = false;
  /** Bytes that all files may have. */
  capacity = Infinity;
  before: (operation: Operation, name: string, index: number) => void = () => {};

  get used(): number {
    let sum = 0;
    for (const { bytes } of this.names.values()) sum += bytes.length;
    return sum;
  }

  step(operation: Operation, name: string): void {
    if (this.dead) throw new PowerCut('the power is off');
    try {
      this.before(operation, name, this.operations++);
    } catch (error) {
      if (error instanceof PowerCut) this.dead = true;
      throw error;
    }
    this.log.push(`${operation} ${name}`);
    if (operation !== 'sync' && operation !== 'syncNames')
      queueMicrotask(() => {
        for (const call of this.#watchers) call();
      });
  }

  create(name: string): Node {
    this.step('create', name);
    if (this.names.has(name)) throw errno('EEXIST');
    const node: Node = { bytes: new Uint8Array(0), durable: new Uint8Array(0), pending: [] };
    this.names.set(name, node);
    this.#nameOps.push({ op: 'create', name, node });
    return node;
  }

  remove(name: string): void {
    const node = this.names.get(name);
    if (node === undefined) return;
    this.step('remove', name);
    this.names.delete(name);
    this.#nameOps.push({ op: 'remove', name, node });
  }

  rename(name: string, to: string): void {
    this.step('rename', `${name} → ${to}`);
    const node = this.names.get(name);
    if (node === undefined) throw errno('ENOENT');
    this.names.delete(name);
    this.names.set(to, node);
    this.#nameOps.push({ op: 'rename', name, to, node });
  }

  syncNames(): void {
    this.step('syncNames', '.');
    this.#durable = new Map(this.names);
    this.#nameOps = [];
  }

  lock(name: string): SpoolLock | null {
    if (this.#locks.has(name)) return null;
    this.#locks.add(name);
    return {
      release: async () => {
        this.#locks.delete(name);
      },
    };
  }

  watch(call: () => void): () => void {
    this.#watchers.add(call);
    return () => this.#watchers.delete(call);
  }

  /** The processes are gone: all that was written is there, locks and watches are not. */
  killed(): SimDisk {
    const disk = new SimDisk();
    disk.folders = new Set(this.folders);
    disk.capacity = this.capacity;
    for (const [name, node] of this.names) disk.names.set(name, copyNode(node));
    disk.#durable = new Map([...this.#durable].map(([name, node]) => [name, disk.names.get(name) ?? copyNode(node)]));
    // What a name stood for before is not followed through a kill; it is only ever synced afterwards.
    return disk;
  }

  /** What a power cut may leave: `choose(n)` returns a number below n for each thing that may be one way or the other. */
  afterPowerCut(choose: (n: number) => number): SimDisk {
    const disk = new SimDisk();
    disk.folders = new Set(this.folders);
    disk.capacity = this.capacity;
    const names = new Map(this.#durable);
    for (const op of this.#nameOps) {
      if (choose(2) === 0) continue;
      if (op.op === 'create') names.set(op.name, op.node);
      else if (op.op === 'remove') names.delete(op.name);
      else {
        if (names.get(op.name) === op.node) names.delete(op.name);
        names.set(op.to, op.node);
      }
    }
    for (const [name, node] of names) {
      const bytes = surviving(node, choose);
      disk.names.set(name, { bytes, durable: bytes, pending: [] });
    }
    disk.#durable = new Map(disk.names);
    return disk;
  }
}

/** Each write that was not synced: not there, there, or a part of it; what it made longer may be zeros. */
function surviving({ durable, pending }: Node, choose: (n: number) => number): Uint8Array {
  let bytes = durable;
  for (const change of pending) {
    const kept = choose(4);
    if (kept === 0) continue;
    if ('truncate' in change) {
      bytes = resized(bytes, change.truncate);
      continue;
    }
    const { at, bytes: written } = change;
    const part = kept === 1 ? written.length : kept === 2 ? Math.floor((written.length * (1 + choose(7))) / 8) : 0;
    bytes = resized(bytes, Math.max(bytes.length, at + (kept === 3 ? written.length : part)));
    bytes.set(written.subarray(0, part), at);
  }
  return bytes.slice();
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

function copyNode({ bytes, durable, pending }: Node): Node {
  return { bytes: bytes.slice(), durable: durable.slice(), pending: [...pending] };
}

export function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

export class SimFiles implements SpoolFiles {
  readonly path = 'spool';

  constructor(readonly disk: SimDisk) {}

  async list(folder?: string): Promise<SpoolEntry[]> {
    if (this.disk.dead) throw new PowerCut('the power is off');
    const prefix = folder === undefined ? '' : `${folder}/`;
    if (folder !== undefined && !this.disk.folders.has(folder)) throw errno('ENOENT');
    return [...this.disk.names]
      .filter(([name]) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map(([name, { bytes }]) => ({ name: name.slice(prefix.length), kind: 'file', bytes: bytes.length }));
  }

  async create(name: string): Promise<SpoolFile> {
    return new SimFile(this.disk, name, this.disk.create(name));
  }

  async open(name: string): Promise<SpoolFile | null> {
    if (this.disk.dead) throw new PowerCut('the power is off');
    const node = this.disk.names.get(name);
    return node === undefined ? null : new SimFile(this.disk, name, node);
  }

  async rename(name: string, to: string): Promise<void> {
    this.disk.rename(name, to);
  }

  async remove(name: string): Promise<void> {
    this.disk.remove(name);
  }

  async makeFolder(name: string): Promise<void> {
    this.disk.folders.add(name);
  }

  async sync(): Promise<void> {
    this.disk.syncNames();
  }

  async lock(name: string): Promise<SpoolLock | null> {
    return this.disk.lock(name);
  }

  watch(changed: () => void): () => void {
    return this.disk.watch(changed);
  }

  async close(): Promise<void> {}
}

class SimFile implements SpoolFile {
  constructor(
    readonly disk: SimDisk,
    readonly name: string,
    readonly node: Node,
  ) {}

  async size(): Promise<number> {
    return this.node.bytes.length;
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    if (this.disk.dead) throw new PowerCut('the power is off');
    return this.node.bytes.slice(at, at + length);
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    this.disk.step('write', this.name);
    const { node } = this;
    const grows = Math.max(0, at + bytes.length - node.bytes.length);
    const room = Math.max(0, this.disk.capacity - this.disk.used);
    // A full disk takes what there is room for.
    const written = grows > room ? bytes.slice(0, Math.max(0, bytes.length - (grows - room))) : bytes.slice();
    if (written.length > 0) {
      node.bytes = resized(node.bytes, Math.max(node.bytes.length, at + written.length));
      node.bytes.set(written, at);
      node.pending.push({ at, bytes: written });
    }
    if (written.length < bytes.length) throw errno('ENOSPC');
  }

  async truncate(length: number): Promise<void> {
    if (length === this.node.bytes.length) return;
    this.disk.step('truncate', this.name);
    this.node.bytes = resized(this.node.bytes, length);
    this.node.pending.push({ truncate: length });
  }

  async sync(): Promise<void> {
    this.disk.step('sync', this.name);
    this.node.durable = this.node.bytes.slice();
    this.node.pending = [];
  }

  async close(): Promise<void> {}
}

/** A BPF object file, read as far as it shows what it asks of the kernel (ELF64, little-endian). */

const SECTION = { symbols: 2, relocations: 9 } as const;
const EXECUTABLE = 4;
const WEAK = 2;
const BYTES = { section: 64, symbol: 24, relocation: 16, instruction: 8 } as const;
const LOAD_CONSTANT = 0x18;
const CALL = 0x85;

export interface Instruction {
  /** Section, the program's as a rule, and index. */
  readonly at: string;
  readonly code: number;
  readonly source: number;
  readonly offset: number;
  readonly immediate: number;
}

/** What the kernel, or libbpf, must have: of a weak one it is asked whether it is there. */
export interface Extern {
  readonly name: string;
  readonly weak: boolean;
}

export interface MapDefinition {
  readonly name: string;
  /** enum bpf_map_type */
  readonly type: number;
  readonly flags: number;
}

export interface BpfObject {
  /** Sections with programs; `.text` holds functions that several of them call. */
  readonly sections: readonly string[];
  readonly instructions: readonly Instruction[];
  /** Numbers of the helpers that are called, with the places. */
  readonly helpers: ReadonlyMap<number, readonly string[]>;
  readonly externs: readonly Extern[];
  readonly maps: readonly MapDefinition[];
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly link: number;
  readonly applies: number;
  readonly data: DataView;
}

const within = (view: DataView, from: number, bytes: number) =>
  new DataView(view.buffer, view.byteOffset + from, bytes);
const count = (view: DataView, each: number) => Array.from({ length: view.byteLength / each }, (_, i) => i * each);

function textAt(view: DataView, from: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + from, view.byteLength - from);
  return new TextDecoder('latin1').decode(bytes.subarray(0, bytes.indexOf(0)));
}

function sectionsOf(file: DataView): Section[] {
  const start = Number(file.getBigUint64(40, true));
  const headers = within(file, start, file.getUint16(60, true) * BYTES.section);
  const whole = count(headers, BYTES.section).map((at) => {
    const none = headers.getUint32(at + 4, true) === 8; // SHT_NOBITS
    return {
      nameAt: headers.getUint32(at, true),
      type: headers.getUint32(at + 4, true),
      flags: Number(headers.getBigUint64(at + 8, true)),
      link: headers.getUint32(at + 40, true),
      applies: headers.getUint32(at + 44, true),
      data: within(
        file,
        Number(headers.getBigUint64(at + 24, true)),
        none ? 0 : Number(headers.getBigUint64(at + 32, true)),
      ),
    };
  });
  const names = whole[file.getUint16(62, true)]!.data;
  return whole.map(({ nameAt, ...section }) => ({ ...section, name: textAt(names, nameAt) }));
}

interface SymbolEntry {
  readonly name: string;
  readonly weak: boolean;
  readonly defined: boolean;
}

function symbolsOf(sections: readonly Section[]): SymbolEntry[] {
  const table = sections.find(({ type }) => type === SECTION.symbols)!;
  const names = sections[table.link]!.data;
  return count(table.data, BYTES.symbol).map((at) => ({
    name: textAt(names, table.data.getUint32(at, true)),
    weak: table.data.getUint8(at + 4) >> 4 === WEAK,
    defined: table.data.getUint16(at + 6, true) !== 0,
  }));
}

function instructionsOf({ name, data }: Section): Instruction[] {
  const found: Instruction[] = [];
  for (let at = 0; at < data.byteLength; at += BYTES.instruction) {
    const code = data.getUint8(at);
    found.push({
      at: `${name}+${at / BYTES.instruction}`,
      code,
      source: data.getUint8(at + 1) >> 4,
      offset: data.getInt16(at + 2, true),
      immediate: data.getInt32(at + 4, true),
    });
    // Two places for one.
    if (code === LOAD_CONSTANT) at += BYTES.instruction;
  }
  return found;
}

/** Names of what each place of a section refers to and this file does not have. */
function missingIn(sections: readonly Section[], index: number, symbols: readonly SymbolEntry[]): Map<string, Extern> {
  const { name } = sections[index]!;
  const places = new Map<string, Extern>();
  for (const { data } of sections.filter(({ type, applies }) => type === SECTION.relocations && applies === index)) {
    for (const at of count(data, BYTES.relocation)) {
      const symbol = symbols[data.getUint32(at + 12, true)]!;
      const place = `${name}+${Number(data.getBigUint64(at, true)) / BYTES.instruction}`;
      if (!symbol.defined) places.set(place, { name: symbol.name, weak: symbol.weak });
    }
  }
  return places;
}

export function readBpfObject(bytes: Uint8Array): BpfObject {
  const sections = sectionsOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const symbols = symbolsOf(sections);
  const instructions: Instruction[] = [];
  const helpers = new Map<number, string[]>();
  const externs = new Map<string, Extern>();
  for (const [index, section] of sections.entries()) {
    if ((section.flags & EXECUTABLE) === 0) continue;
    const missing = missingIn(sections, index, symbols);
    for (const extern of missing.values()) externs.set(extern.name, extern);
    for (const each of instructionsOf(section)) {
      instructions.push(each);
      if (each.code !== CALL || each.source !== 0 || missing.has(each.at)) continue;
      helpers.set(each.immediate, [...(helpers.get(each.immediate) ?? []), each.at]);
    }
  }
  const programs = sections.filter(({ flags, data }) => (flags & EXECUTABLE) !== 0 && data.byteLength > 0);
  return {
    sections: programs.map(({ name }) => name),
    instructions,
    helpers,
    externs: [...externs.values()],
    maps: mapsOf(sections.find(({ name }) => name === '.BTF')!.data),
  };
}

const KIND = { pointer: 2, array: 3, struct: 4, variable: 14, section: 15 } as const;
/** Bytes after the head of a type: for all of it, and for each of its members. */
const TAIL: Readonly<Record<number, readonly [whole: number, each: number]>> = {
  1: [4, 0],
  3: [12, 0],
  4: [0, 12],
  5: [0, 12],
  6: [0, 8],
  13: [0, 8],
  14: [4, 0],
  15: [0, 12],
  17: [4, 0],
  19: [0, 12],
};

interface BtfType {
  readonly name: string;
  readonly kind: number;
  readonly refers: number;
  readonly members: number;
  readonly tail: DataView;
}

function typesOf(btf: DataView): { types: BtfType[]; strings: DataView } {
  const head = btf.getUint32(4, true);
  const part = (at: number) => within(btf, head + btf.getUint32(at, true), btf.getUint32(at + 4, true));
  const [data, strings] = [part(8), part(16)];
  const types: BtfType[] = [{ name: 'void', kind: 0, refers: 0, members: 0, tail: data }];
  for (let at = 0; at < data.byteLength; ) {
    const info = data.getUint32(at + 4, true);
    const [kind, members] = [(info >> 24) & 0x1f, info & 0xffff];
    const [whole, each] = TAIL[kind] ?? [0, 0];
    const bytes = whole + each * members;
    const name = textAt(strings, data.getUint32(at, true));
    types.push({ name, kind, refers: data.getUint32(at + 8, true), members, tail: within(data, at + 12, bytes) });
    at += 12 + bytes;
  }
  return { types, strings };
}

/** Maps as libbpf finds them: a variable of the section .maps, whose members are pointers to arrays of as many elements as the number says. */
function mapsOf(btf: DataView): MapDefinition[] {
  const { types, strings } = typesOf(btf);
  const section = types.find(({ kind, name }) => kind === KIND.section && name === '.maps');
  if (section === undefined) return [];
  return count(section.tail, 12).map((at) => {
    const variable = types[section.tail.getUint32(at, true)]!;
    const { tail } = types[variable.refers]!;
    const numbers = new Map(
      count(tail, 12).map((member) => {
        const array = types[types[tail.getUint32(member + 4, true)]!.refers]!;
        const length = array.kind === KIND.array ? array.tail.getUint32(8, true) : 0;
        return [textAt(strings, tail.getUint32(member, true)), length];
      }),
    );
    return { name: variable.name, type: numbers.get('type') ?? 0, flags: numbers.get('map_flags') ?? 0 };
  });
}

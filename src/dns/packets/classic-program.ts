/** Operations of classic BPF (linux/bpf_common.h). */
const LOAD = { word: 0x20, half: 0x28, byte: 0x30 } as const;
const INDEXED = 0x20;
const [LDX_IMM, AND, LSH, JA, JEQ, JGE, JSET, RET, TAX] = [0x01, 0x54, 0x64, 0x05, 0x15, 0x35, 0x45, 0x06, 0x07];

/** Bytes of a packet that are kept: all. */
const WHOLE = 0x40000;
const BYTES = 8;

/** A place in the program, which may come later. */
export type Label = number;

interface Instruction {
  readonly code: number;
  readonly k: number;
  /** Instructions that are gone over when its condition holds, and when it does not. */
  readonly over: readonly [number, number];
  /** Where it goes on, of JA. */
  readonly target?: Label;
}

/**
 * Instructions of classic BPF, one after the other. A load beyond the packet ends the program: it is not taken. Conditional jumps reach only 255
 * instructions, so that each decides whether one behind it is gone over, which reaches everywhere.
 */
export class ClassicProgram {
  readonly #instructions: Instruction[] = [];
  readonly #places: number[] = [];

  label(): Label {
    return this.#places.push(-1) - 1;
  }

  /** The label is here. */
  place(label: Label): void {
    this.#places[label] = this.#instructions.length;
  }

  load(size: keyof typeof LOAD, at: number): void {
    this.#add(LOAD[size], at);
  }

  /** From there and as many bytes further as the index says. */
  loadIndexed(size: keyof typeof LOAD, at: number): void {
    this.#add(LOAD[size] + INDEXED, at);
  }

  setIndex(value: number): void {
    this.#add(LDX_IMM, value);
  }

  toIndex(): void {
    this.#add(TAX, 0);
  }

  and(mask: number): void {
    this.#add(AND, mask);
  }

  shiftLeft(bits: number): void {
    this.#add(LSH, bits);
  }

  go(target: Label): void {
    this.#instructions.push({ code: JA, k: 0, over: [0, 0], target });
  }

  jump(value: number, target: Label): void {
    this.#branch(JEQ, value, target, true);
  }

  jumpUnless(value: number, target: Label): void {
    this.#branch(JEQ, value, target, false);
  }

  /** @param mask any bit of it */
  jumpIfAny(mask: number, target: Label): void {
    this.#branch(JSET, mask, target, true);
  }

  jumpIfBelow(value: number, target: Label): void {
    this.#branch(JGE, value, target, false);
  }

  /** @param taken the packet is kept, whole */
  end(taken: boolean): void {
    this.#add(RET, taken ? WHOLE : 0);
  }

  /** `struct sock_filter[]` of linux/filter.h, little-endian. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#instructions.length * BYTES);
    const view = new DataView(bytes.buffer);
    for (const [i, { code, k, over, target }] of this.#instructions.entries()) {
      view.setUint16(i * BYTES, code, true);
      view.setUint8(i * BYTES + 2, over[0]);
      view.setUint8(i * BYTES + 3, over[1]);
      view.setInt32(i * BYTES + 4, target === undefined ? k : this.#places[target]! - i - 1, true);
    }
    return bytes;
  }

  /** @param when whether it jumps where the comparison holds */
  #branch(code: number, k: number, target: Label, when: boolean): void {
    this.#instructions.push({ code, k, over: when ? [0, 1] : [1, 0] });
    this.go(target);
  }

  #add(code: number, k: number): void {
    this.#instructions.push({ code, k, over: [0, 0] });
  }
}

/** Runs a classic filter as the kernel does (net/core/filter.c), for tests: what a packet is, and what is beside it. */

export interface Seen {
  /** From its link header on. */
  readonly bytes: Uint8Array;
  /** Where its IP header is. */
  readonly ipAt: number;
  /** PACKET_HOST by default. */
  readonly type?: number;
  readonly device?: number;
  /** ARPHRD_ETHER by default. */
  readonly deviceType?: number;
}

const SIZES: Readonly<Record<number, number>> = { 0: 4, 8: 2, 16: 1 };

/** Bytes that are kept; undefined: the kernel would refuse the program. */
export function keeps(program: Uint8Array, seen: Seen): number | undefined {
  const view = new DataView(program.buffer);
  const count = program.length / 8;
  if (count < 1 || count > 4096 || !Number.isInteger(count)) return undefined;
  let [a, x] = [0, 0];
  for (let pc = 0; pc < count; pc++) {
    const at = pc * 8;
    const [code, k] = [view.getUint16(at, true), view.getInt32(at + 4, true)];
    const jump = (holds: boolean): void => void (pc += view.getUint8(at + (holds ? 2 : 3)));
    if ((code & 0x07) === 0) {
      const loaded = load(seen, SIZES[code & 0x18]!, (code & 0xe0) === 0x40 ? x + k : k);
      if (loaded === undefined) return 0;
      a = loaded;
    } else if (code === 0x01) x = k;
    else if (code === 0x07) x = a;
    else if (code === 0x54) a &= k;
    else if (code === 0x64) a <<= k;
    else if (code === 0x05) pc += k;
    else if (code === 0x15) jump(a === k);
    else if (code === 0x35) jump(a >= k);
    else if (code === 0x45) jump((a & k) !== 0);
    else if (code === 0x06) return k;
    else return undefined;
  }
  return undefined;
}

function load(
  { bytes, ipAt, type = 0, device = 2, deviceType = 1 }: Seen,
  size: number,
  at: number,
): number | undefined {
  const beside: Readonly<Record<number, number>> = {
    [-0x1000 + 4]: type,
    [-0x1000 + 8]: device,
    [-0x1000 + 28]: deviceType,
  };
  if (beside[at] !== undefined) return beside[at];
  const place = at < 0 ? at + 0x100000 + ipAt : at;
  if (place < 0 || place + size > bytes.length) return undefined;
  return bytes.subarray(place, place + size).reduce((sum, byte) => sum * 256 + byte, 0);
}

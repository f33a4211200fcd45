import type { FrameView } from './frame-view.js';
import { ASSET, ASSET_RESULT } from './layout.gen.js';

/** What became of an object file when it was loaded; the numbers are those of `enum ct_asset_result`. */
export type AssetResult = keyof typeof ASSET_RESULT;

/** An object file of kernel programs. */
export interface Asset {
  /** `connections/tcp`: its place below build/bpf, without .bpf.o. */
  readonly asset: string;
  readonly result: AssetResult;
}

const RESULTS = Object.fromEntries(Object.entries(ASSET_RESULT).map(([name, number]) => [number, name])) as Readonly<
  Record<number, AssetResult | undefined>
>;
const NAME_BYTES = ASSET.size - ASSET.name;
/** In one frame: half a page of them. */
const PER_FRAME = 32;
/** Printable, as file names of ours are; a frame of other bytes is none. */
const NAME = /^[!-~]+$/;

/** Payloads of ASSETS frames: as many as it takes. */
export function assetsPayloads(assets: readonly Asset[]): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let first = 0; first < assets.length; first += PER_FRAME) {
    const some = assets.slice(first, first + PER_FRAME);
    const payload = Buffer.alloc(some.length * ASSET.size);
    for (const [i, { asset, result }] of some.entries()) {
      const at = i * ASSET.size;
      payload[at + ASSET.result] = ASSET_RESULT[result];
      payload.write(asset, at + ASSET.name, NAME_BYTES, 'latin1');
    }
    payloads.push(payload);
  }
  return payloads;
}

/** What an ASSETS frame tells; null when it cannot be one: all or nothing. */
export function assetsOf({ u8, start, length }: FrameView): Asset[] | null {
  const count = length / ASSET.size;
  if (!Number.isInteger(count) || count > PER_FRAME) return null;
  const assets: Asset[] = [];
  for (let i = 0; i < count; i++) {
    const at = start + i * ASSET.size;
    const result = RESULTS[u8[at + ASSET.result]!];
    const [asset] = Buffer.from(u8.subarray(at + ASSET.name, at + ASSET.size))
      .toString('latin1')
      .split('\0', 1);
    if (result === undefined || !NAME.test(asset!)) return null;
    assets.push({ asset: asset!, result });
  }
  return assets;
}

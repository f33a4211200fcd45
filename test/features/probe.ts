import { PROBE, PROBE_ID } from '../live/probe/feature.js';
import type { FeatureFrames } from './feature-frames.js';

/** struct ct_probe_fact: its cookie. */
const COOKIE = 8;
const [FACT] = PROBE.kinds;

/** The feature of tests that holds what it is told, for the joins of others. */
export const frames: FeatureFrames = {
  options: {},
  recorded: {},
  order: [FACT!.kind],
  frame: (kind, n) => {
    const payload = new DataView(new ArrayBuffer(FACT!.most));
    payload.setUint16(0, kind, true);
    payload.setUint32(4, FACT!.most, true);
    payload.setUint32(COOKIE, n, true);
    return { payload: new Uint8Array(payload.buffer), fresh: 1 };
  },
  flood: { kind: (PROBE_ID << 8) | 1, renew: (payload, n) => payload.setUint32(COOKIE, n, true) },
  most: { facts: 1 << 17 },
};

import { LAYOUT_ID as CONNECTIONS } from '../connections/layout.gen.js';
import { LAYOUT_ID as CORE } from '../frames/layout.gen.js';

/** Ids of the wire layouts that this build writes and decodes: what all features share, and each feature's own. */
export const LAYOUTS = { core: CORE, connections: CONNECTIONS } as const;

import type { Chain } from '../../src/connections/chain.js';
import { deliver } from '../../src/connections/dedup.js';
import { give } from '../../src/connections/encode.js';
import { CONNECTIONS } from '../../src/connections/feature.js';
import { judge } from '../../src/connections/select.js';
import { ConnectionStage } from '../../src/connections/stage.js';

/** The operators one after another without RxJS: what RxJS is measured against. */
const directChain: Chain = ({ memory, counts, row, batch, matcher, proofs, table, outputs, clock }) => {
  const next = (): void => {
    judge(batch, matcher, proofs);
    table.update(batch);
    give(batch, outputs, counts, row, clock);
  };
  return (frame) => deliver(frame, memory, counts, row, batch, next);
};

/** The feature of connections on that chain. */
export const DIRECT_CONNECTIONS: typeof CONNECTIONS = {
  ...CONNECTIONS,
  stage: (context, options) => new ConnectionStage(context, options, directChain),
};

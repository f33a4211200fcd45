import type { FeatureCheck } from '../../pipeline/check.js';
import type { EbpfTotalSource } from './ebpf-total-source.js';
import { EBPF_TOTAL } from './generated/ebpf-total-type.js';
import { SCOPE } from './totals.js';

/** How it runs alone. */
export const CHECK: FeatureCheck = {
  interval: { option: 'interval', ms: 1000 },
  answer: {
    // A share of a core needs a second one.
    readings: 2,
    type: EBPF_TOTAL,
    ends: (source) => (source as EbpfTotalSource).scope === SCOPE.all,
  },
  table: async () => {
    const { RoundTable } = await import('./table/round-table.js');
    return (style) => new RoundTable(style);
  },
  screen: async () => {
    const { EbpfScreen } = await import('./watch/screen.js');
    return (style) => new EbpfScreen(style);
  },
};

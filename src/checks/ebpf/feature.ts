import type { Feature } from '../../pipeline/feature.js';
import { CHECK } from './check.js';
import { EBPF_MAP } from './generated/ebpf-map-type.js';
import { EBPF_PROGRAM } from './generated/ebpf-program-type.js';
import { EBPF_TOTAL } from './generated/ebpf-total-type.js';
import { HOOKS } from './hooks.js';
import { FEATURE, KIND, LAYOUT_ID, MAP, PROGRAM, ROUND } from './layout.gen.js';
import { type EbpfOptions, ebpfOptions } from './options.js';
import { DISCARDS, EbpfStage } from './stage.js';

export const EBPF: Feature<EbpfOptions> = {
  name: 'ebpf',
  id: FEATURE,
  title: 'every eBPF map and program of the host, whoever loaded it',
  unit: 'objects',
  layout: LAYOUT_ID,
  kinds: [
    { kind: KIND.map, name: 'map', least: MAP.size, most: MAP.size, units: 1 },
    { kind: KIND.program, name: 'program', least: PROGRAM.size, most: PROGRAM.size, units: 1 },
    { kind: KIND.round, name: 'round', least: ROUND.size, most: ROUND.size, units: 0 },
  ],
  causes: ['vanished', 'unreadable'],
  notes: [],
  discards: DISCARDS,
  records: [EBPF_PROGRAM, EBPF_MAP, EBPF_TOTAL],
  hooks: HOOKS,
  byDefault: false,
  options: ebpfOptions,
  after: [],
  stage: (context, options) => new EbpfStage(context, options),
  live: async () => (await import('./live.js')).live,
  tables: async () => [(await import('./table/total-table.js')).EBPF_TOTAL_TABLE],
  check: CHECK,
};

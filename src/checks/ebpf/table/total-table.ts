import { plainTable } from '../../../table/plain-table.js';
import { timeOfDay } from '../../../table/time.js';
import { EBPF_TOTAL } from '../generated/ebpf-total-type.js';
import { TOTAL_COLUMNS } from './columns.js';

/** The sums of each round, as lines among those of other records. */
export const EBPF_TOTAL_TABLE = plainTable(EBPF_TOTAL, [
  { title: 'TIME', least: 8, most: 8, text: ({ timeUs }) => timeOfDay(new Date(timeUs / 1000), 8) },
  ...TOTAL_COLUMNS,
]);

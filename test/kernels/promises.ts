/** Doctor's word on a kernel of which something was taken away, held against a short run there. */
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { isLive } from '../../src/kernel/hook-groups.js';
import type { Output } from '../live/support/output.js';
import { compareTcp, compareUdp } from './comparison.js';
import { groupsOf } from './guest.js';
import type { VariantResult } from './result.js';

/** Of differences that are told. */
const SHOWN = 5;

/** What was promised and is not so, or is so and was not promised; a sentence each. @param output null: nothing was written */
export function brokenPromises(
  diagnosis: Diagnosis,
  run: VariantResult,
  output: Output | null,
  status: number,
): string[] {
  if (status === EXIT.kernel || status === EXIT.privilege) return brokenRefusal(run, output, status);
  const broken: string[] = [];
  if (status !== EXIT.ok && status !== EXIT.degraded) broken.push(`doctor ended with ${status}`);
  if (run.status !== EXIT.ok) broken.push(`observe ended with ${run.status}: ${run.text}`);
  if (!run.ready) broken.push('there was no ready file');
  const groups = groupsOf(diagnosis);
  const live = (name: string) => isLive(groups[`connections.${name}`]!);
  for (const [name, group] of Object.entries(groups)) {
    const [feature, short] = name.split('.');
    if (feature !== 'connections') continue;
    const said = run.text.includes(`${short} is off`);
    if (said === isLive(group)) broken.push(`observe ${said ? 'says' : 'does not say'} that ${short} is off`);
  }
  const lines = output?.connections ?? [];
  const older = run.ends.filter(({ kind }) => kind === 'older');
  const ends = live('snapshot') ? run.ends : run.ends.filter(({ kind }) => kind !== 'older');
  broken.push(...compareTcp({ ends }, lines, live('owner')).wrong.slice(0, SHOWN));
  if (live('udp')) broken.push(...compareUdp(run, lines, countsDatagrams(diagnosis)).wrong.slice(0, SHOWN));
  const ports = new Set(run.udp.map(({ local }) => local));
  const udp = lines.filter(({ protocol, local }) => protocol === 'udp' && ports.has(local.port));
  if (!live('udp') && udp.length > 0) broken.push(`${udp.length} records of UDP, which is off`);
  const shown = older.filter(({ local, remote }) =>
    lines.some((line) => line.state === 'open' && line.local.port === local && line.remote?.port === remote),
  );
  if (live('snapshot') !== shown.length > 0) {
    broken.push(`${shown.length} of ${older.length} older ends shown while open`);
  }
  return broken;
}

/** Whether fields of a UDP socket can be read there: by a load, or by a helper (bpf/connections/reads.h). */
function countsDatagrams({ features }: Diagnosis): boolean {
  return features.some(({ name, status }) => /^(rdonly_cast|probe_read_kernel)$/.test(name) && status === 'works');
}

/** One sentence, the same status, and not one record. */
function brokenRefusal({ status, text }: VariantResult, output: Output | null, promised: number): string[] {
  const broken: string[] = [];
  if (status !== promised) broken.push(`observe ended with ${status}, doctor with ${promised}`);
  if (!/^conntrail: [^\n]+\n$/.test(text)) broken.push(`not one line: ${text}`);
  const records = output?.connections.length ?? 0;
  if (records > 0) broken.push(`${records} records all the same`);
  return broken;
}

/** Stock kernels, booted: each end of each TCP connection is told once, and told right. */
import { expect, test } from 'vitest';
import { inFolder } from '../live/support/checkout.js';
import { sumLedger } from '../live/support/ledger.js';
import { need } from '../support/require.js';
import { ceilingOn, greatest, lacksCounts, overCeiling } from '../support/verifier.js';
import { compareTcp, compareUdp, countBulk, uncounted } from './comparison.js';
import { boot, lacksVm } from './guest.js';
import { chosenKernels, offerOf, rungsOf } from './kernels.js';
import { expectedKill, readKills } from './oom-kill.js';
import { contradictions } from './since.js';
import { compareCalls } from './udp-calls.js';

/** Connections after which nothing may stay behind in the tracer's maps. */
const BULK = 2000;

/** Of differences that are shown. */
const SHOWN = 8;

const shorten = (lists: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice(0, SHOWN)]));

const lack = lacksVm();

for (const { name } of chosenKernels()) {
  test(`Linux ${name}`, async (context) => {
    need(context, 'kernels', lack);
    await inFolder(async (folder) => {
      const booted = boot(name, folder, BULK);
      if (typeof booted === 'string') return need(context, 'kernels', booted);
      const { log, result, release, programs, probes, output, rungs, lacks, refused } = booted;
      const tcp = compareTcp(result, output.connections);
      const datagrams = compareUdp(result, output.connections);
      const { lost, causes, notes } = sumLedger(output.ledgers);
      const missed = uncounted(result, output.connections);
      const bulk = countBulk(result, output.connections);
      const { ends, left, status, verify } = result;
      console.log(
        `${log.trim()}\nLinux ${name}: TCP ${tcp.exact} of ${ends.length} ends exact, UDP ${datagrams.exact} of ${result.udp.length}, ` +
          `${missed} datagrams uncounted where tasks contend (at most ${notes.skipped_io}), accepted afterwards ${bulk} of ${BULK}, left ${left?.tcp_slots?.length} slots and ${left?.tcp_overflow?.length} entries, lost ${JSON.stringify(causes)}, ` +
          `verifier: ${greatest(programs)}`,
      );
      expect.soft(rungs, 'rungs of the hook groups').toEqual(rungsOf(offerOf(release)));
      expect.soft(lacks, 'why a hook group is off').toEqual({});
      expect.soft(refused, 'features that do not run').toEqual([]);
      expect.soft(readKills(booted.records)).toEqual([expectedKill(result.victim, result.described)]);
      // All at once: on a kernel that goes wrong, each of these says something.
      expect.soft(tcp.wrong.slice(0, SHOWN), `${tcp.wrong.length} TCP ends wrong`).toEqual([]);
      expect.soft(datagrams.wrong.slice(0, SHOWN), `${datagrams.wrong.length} UDP ends wrong`).toEqual([]);
      expect.soft(compareCalls(result.calls, output.connections), 'UDP calls').toEqual([]);
      expect.soft(missed, 'datagrams uncounted').toBeGreaterThanOrEqual(0);
      expect.soft(missed, 'datagrams uncounted').toBeLessThanOrEqual(notes.skipped_io!);
      expect.soft(bulk, 'accepted afterwards, incoming from their start').toBe(BULK);
      expect
        .soft(left && shorten(left), 'in the maps after all had closed')
        .toEqual({ tcp_slots: [], tcp_overflow: [] });
      expect.soft(lost, JSON.stringify(causes)).toBe(0);
      expect.soft(status, 'observe').toBe(0);
      expect.soft(verify.status, verify.text).toBe(0);
      expect.soft(programs.filter(({ exceeded }) => exceeded !== null)).toEqual([]);
      expect.soft(lacksCounts(programs), 'instructions of the verifier').toBeNull();
      expect.soft(overCeiling(programs, ceilingOn(release))).toBe('');
      expect.soft(contradictions(probes, release), 'src/kernel/probes.ts').toEqual([]);
    });
  });
}

/** What a boot has to show. All at once: on a kernel that goes wrong, each of these says something. */
import type { ExpectStatic } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { compareVersions } from '../../src/kernel/kernel-version.js';
import { sumLedger } from '../live/support/ledger.js';
import { readOutput } from '../live/support/output.js';
import { ceilingOn, lacksCounts, overCeiling } from '../support/verifier.js';
import { type Comparison, compareSteered, compareTcp, compareUdp, uncounted } from './comparison.js';
import { type Boot, groupsOf, programsOf } from './guest.js';
import { expectedGroups, expectedRefusals } from './kernels.js';
import { nullFields } from './nulls.js';
import { describesVictim, expectedKill, readKills } from './oom-kill.js';
import type { RunOutcome, Share } from './outcome.js';
import type { Result } from './result.js';
import { contradictions } from './since.js';
import { compareCalls } from './udp-calls.js';
import { checkVerify } from './verified.js';

/** Of differences that are shown. */
const SHOWN = 8;

/** First Linux that tells what its verifier went through. */
const COUNTS_SINCE = '5.16';

const share = ({ exact, of }: Comparison): Share => `${exact} of ${of}`;
const cut = (list: readonly string[]) => list.slice(0, SHOWN);

export interface CheckedRun {
  readonly outcome: RunOutcome;
  readonly nulls: Record<string, string>;
}

/** One run of the tracer under all kinds of traffic. */
export function checkRun(expect: ExpectStatic, booted: Boot, name: string): CheckedRun {
  const { result, release, records } = booted;
  const run = result.runs![name]!;
  const path = records(name);
  const { connections, ledgers } = readOutput(path);
  const expected = expectedGroups(release);
  const owner = expected['connections.owner']!.rung !== null;
  const udp = expected['connections.udp']!.rung !== null;
  const directed = (direction: string) =>
    compareTcp({ ends: run.ends.filter((end) => end.direction === direction) }, connections, owner);
  const [incoming, outgoing] = [directed('incoming'), directed('outgoing')];
  const datagrams = compareUdp(run, connections);
  const { lost, causes, notes } = sumLedger(ledgers);
  const steered = compareSteered(run, connections, notes.skipped_runs ?? 0);
  const missed = uncounted(run, connections);
  const calls = compareCalls(run.calls, connections);
  const wrong = [...incoming.wrong, ...outgoing.wrong];
  expect.soft(cut(wrong), `${name}: ${wrong.length} TCP ends wrong`).toEqual([]);
  expect.soft(cut(steered.wrong), `${name}: ${steered.wrong.length} ends over veth wrong`).toEqual([]);
  if (udp) {
    expect.soft(cut(datagrams.wrong), `${name}: ${datagrams.wrong.length} UDP ends wrong`).toEqual([]);
    expect.soft(cut(calls), `${name}: ${calls.length} sockets of UDP calls wrong`).toEqual([]);
    // What a program and its twin were both left out of is not told, but that it may be so is.
    expect.soft(missed, `${name}: datagrams uncounted`).toBeGreaterThanOrEqual(0);
    expect.soft(missed, `${name}: datagrams uncounted without a word`).toBeLessThanOrEqual(notes.skipped_io!);
  }
  expect.soft(lost, `${name}: ${JSON.stringify(causes)}`).toBe(0);
  expect.soft(run.ready, `${name}: ready file`).toBe(true);
  expect.soft(run.status, `${name}: observe`).toBe(EXIT.ok);
  const left = run.left === null ? null : Object.entries(run.left).map(([map, list]) => [map, cut(list)]);
  expect.soft(left, `${name}: in the maps after all had closed`).toEqual([
    ['tcp_slots', []],
    ['tcp_overflow', []],
  ]);
  if (run.victim !== null)
    expect.soft(readKills(path)).toEqual([expectedKill(run.victim, describesVictim(run.described, booted))]);
  checkVerify(expect, path);
  const exchanged = run.contended.reduce((sum, { exchanges }) => sum + 2 * exchanges, 0);
  const outcome: RunOutcome = {
    incoming: share(incoming),
    outgoing: share(outgoing),
    udp: udp ? share(datagrams) : null,
    calls: udp && run.calls.length > 0 ? `${run.calls.length - calls.length} of ${run.calls.length}` : null,
    steered: share(steered),
    contended: udp ? `${exchanged - missed} of ${exchanged}` : null,
    lost,
  };
  return { outcome, nulls: nullFields(run, connections) };
}

/** A buffer too small for a burst: what is not told is counted, to the unit. */
export function checkLoss(expect: ExpectStatic, { result, records }: Boot): string {
  const { port, ends, status } = result.loss!;
  const path = records('loss');
  const { connections, ledgers } = readOutput(path);
  const told = connections.filter(
    ({ state, local, remote }) => state === 'closed' && (local.port === port || remote?.port === port),
  ).length;
  const { causes, lost } = sumLedger(ledgers);
  expect.soft(lost, `loss: ${JSON.stringify(causes)}`).toBe(causes.buffer_full);
  expect.soft(lost, 'loss: the buffer had room for all').toBeGreaterThan(0);
  expect.soft(told + lost, `loss: ${told} told and ${lost} lost`).toBe(ends);
  expect.soft(status, 'loss: observe').toBe(EXIT.loss);
  checkVerify(expect, path);
  return `${told} told and ${lost} lost of ${ends}`;
}

/** Whatever ended the tracer, also without giving it a chance to clean up. */
export function checkLeftovers(expect: ExpectStatic, { left_in_kernel: left }: Result): void {
  for (const [name, counts] of Object.entries(left)) {
    expect.soft(counts, `${name}: BPF objects left`).toEqual({ prog: 0, map: 0, link: 0 });
  }
}

/** Doctor's word, plain: the best rung that this version has, what is off and why, what was probed, what the verifier went through. */
export function checkDoctor(expect: ExpectStatic, { release, diagnoses }: Boot): void {
  const plain = diagnoses.doctor!;
  const groups = groupsOf(plain);
  const refusals = expectedRefusals(release);
  expect
    .soft(
      plain.refused.map(({ feature }) => feature),
      'features that do not run',
    )
    .toEqual(Object.keys(refusals));
  for (const { feature, reason } of plain.refused) expect.soft(reason).toContain(refusals[feature]);
  const expected = Object.entries(expectedGroups(release)).filter(([name]) => !(name.split('.')[0]! in refusals));
  for (const [name, { rung, lack }] of expected) {
    expect.soft(groups[name]?.rung, `rung of ${name}`).toBe(rung);
    if (lack !== null) expect.soft(groups[name]?.reason, `why ${name} is off`).toBe(lack);
  }
  const programs = programsOf(plain);
  expect.soft(programs.filter(({ exceeded }) => exceeded !== null)).toEqual([]);
  if (compareVersions(release, COUNTS_SINCE) >= 0) {
    expect.soft(lacksCounts(programs), 'instructions of the verifier').toBeNull();
    expect.soft(overCeiling(programs, ceilingOn(release))).toBe('');
  }
  expect.soft(contradictions([...plain.rungs, ...plain.features], release), 'src/kernel/probes.ts').toEqual([]);
}

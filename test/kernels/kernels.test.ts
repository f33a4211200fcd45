/** Stock kernels, booted once each: every end of every connection is told once, and told right; and doctor's words are true. */
import { existsSync } from 'node:fs';
import { type ExpectStatic, type TestContext, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { inFolder } from '../live/support/checkout.js';
import { readOutput } from '../live/support/output.js';
import { need } from '../support/require.js';
import { greatest } from '../support/verifier.js';
import { checkAlone } from './alone.js';
import { checkDoctor, checkLeftovers, checkLoss, checkRun } from './checks.js';
import { checkDns } from './dns.js';
import { golden, UPDATES } from './golden.js';
import { type Boot, boot, lacksVm, programsOf } from './guest.js';
import { chosenKernels, type Kernel } from './kernels.js';
import { describesVictim, expectedKill, readKills } from './oom-kill.js';
import {
  type CheckOutcome,
  type DnsOutcome,
  diagnosed,
  grown,
  isStale,
  type KernelOutcome,
  keepOutcome,
  readOutcomes,
} from './outcome.js';
import { planOf, WORDS } from './plan.js';
import { brokenPromises } from './promises.js';

/** ms, with those before it: some wait until another guest has ended. */
const TIMEOUT = 4 * 3600_000;

const lack = lacksVm();

/** Says no, in one sentence, everywhere in the same. */
function checkRefusal(expect: ExpectStatic, { refused: sentence }: Kernel, booted: Boot): string {
  const { result, diagnoses, records } = booted;
  const { verdict, problems } = diagnoses.doctor!;
  expect.soft(verdict).toBe('kernel');
  expect.soft(problems).toEqual([sentence]);
  const { status, text, kills, victim, described } = result.refused!;
  expect.soft({ status, text }).toEqual({ status: EXIT.kernel, text: `conntrail: ${sentence} [CONNTRAIL_KERNEL]\n` });
  expect.soft(kills, 'observe without connections').toBe(EXIT.ok);
  expect.soft(readKills(records('kills'))).toEqual([expectedKill(victim, describesVictim(described, booted))]);
  return `refused: ${problems.join(' ')}`;
}

function checkVariants(expect: ExpectStatic, name: string, { result, diagnoses, records }: Boot): void {
  for (const [file, diagnosis] of Object.entries(diagnoses)) {
    const variant = file.replace(/^doctor-?/, '') || 'plain';
    const status = result.doctor[file]!;
    const { found, kept } = golden(`${name}-${variant}`, diagnosis, status);
    expect.soft(found, `test/kernels/golden/${name}-${variant}.txt`).toBe(kept);
    const run = result.variants[variant];
    if (run === undefined) continue;
    const path = records(variant);
    const output = existsSync(path) ? readOutput(path) : null;
    expect.soft(brokenPromises(diagnosis, run, output, status), `${variant}: doctor's word`).toEqual([]);
  }
}

/** In a few words, for who reads the log. */
function summaryOf(outcome: KernelOutcome): string {
  return Object.entries(outcome.runs)
    .map(([name, run]) => {
      const told = Object.entries(run).map(([what, found]) => `${what} ${found ?? 'off'}`);
      return `  ${name}: ${told.join(', ')}`;
    })
    .join('\n');
}

function check(expect: ExpectStatic, kernel: Kernel, booted: Boot): string[] {
  const { result, diagnoses } = booted;
  const plain = diagnoses.doctor!;
  const lines: string[] = [];
  const runs: Record<string, KernelOutcome['runs'][string]> = {};
  let nulls: Record<string, string> = {};
  const before = readOutcomes()[kernel.name];
  let checks: CheckOutcome | null = null;
  let dns: DnsOutcome | null = null;
  if (kernel.refused !== undefined) {
    lines.push(checkRefusal(expect, kernel, booted));
  } else {
    checkDoctor(expect, booted);
    if (!WORDS) expect(result.dns, plain.problems.join(' ')).toBeDefined();
    for (const name of Object.keys(result.runs ?? {})) {
      const checked = checkRun(expect, booted, name);
      runs[name] = checked.outcome;
      if (name === 'ring') nulls = checked.nulls;
    }
    if (result.checks !== undefined) checks = checkAlone(expect, booted);
    if (checks !== null)
      lines.push(
        `  checks: ${Object.entries(checks)
          .map(([what, found]) => `${what} ${typeof found === 'string' ? found : JSON.stringify(found)}`)
          .join(', ')}`,
      );
    if (result.dns !== undefined) {
      dns = checkDns(expect, booted);
      lines.push(`  dns: ${JSON.stringify(dns)}`);
    }
    if (result.loss !== undefined) lines.push(`  loss: ${checkLoss(expect, booted)}`);
    lines.push(`  verifier: ${greatest(programsOf(plain))}`);
  }
  checkLeftovers(expect, result);
  checkVariants(expect, kernel.name, booted);
  const refused = kernel.refused === undefined ? null : plain.problems.join(' ');
  // What was not run is as it was.
  const {
    runs: ran,
    nulls: unknown,
    checks: checked,
  } = result.runs === undefined && before ? before : { runs, nulls, checks };
  const told = { runs: ran, nulls: unknown, checks: checked, dns: dns ?? before?.dns ?? null };
  const outcome: KernelOutcome = { ...diagnosed(plain), refused, ...told };
  if (UPDATES) keepOutcome(kernel.name, outcome);
  const kept = readOutcomes()[kernel.name];
  expect.soft(grown(outcome, kept), 'instructions of the verifier').toEqual([]);
  expect.soft(isStale(outcome, kept), 'test/kernels/results.json is of another build').toBe(false);
  return [summaryOf(outcome), ...lines];
}

// The newest takes longest, and so begins first.
for (const kernel of [...chosenKernels()].reverse()) {
  test.concurrent(`Linux ${kernel.name}`, { timeout: TIMEOUT }, async (context: TestContext) => {
    need(context, 'kernels', lack);
    await inFolder(async (folder) => {
      const booted = await boot(context, kernel.name, folder, planOf(kernel.name));
      console.log(`Linux ${kernel.name}, ${booted.release}\n${booted.log.trim()}`);
      const told = check(context.expect, kernel, booted);
      const { seconds, least_available_kib: available } = booted.result;
      const cost = `${seconds.toFixed(0)} s, at least ${available >> 10} MiB of memory free`;
      console.log(`Linux ${kernel.name}, ${cost}:\n${told.join('\n')}`);
      // Thrown, so that the folder is kept where that was asked for.
      if ((context.task.result?.errors ?? []).length > 0) throw new Error('see above');
    });
  });
}

import { Command } from 'commander';
import { ConntrailError } from '../../errors.js';
import type { VerifyReport } from '../../verify/report.js';
import { setAction } from '../action.js';
import { choice } from '../choice.js';
import { fail } from '../say.js';

/** `conntrail verify`: proves from the data alone that nothing is missing, or says what is. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('check that nothing is missing or damaged in what was written')
    .argument('<path>', 'a recording, an output directory, or an Avro or NDJSON file')
    .addOption(choice('-o, --output <format>', 'text, or json with every finding', ['text', 'json'], 'text'));
  return setAction(command, async (path: string, { output }: { output: string }) => {
    const { verify } = await import('../../verify/verify.js');
    const report = await verify(path);
    const { missing, faults, ledgers, lost, refused, silences } = report;
    if (output === 'json') process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    if (faults.length > 0) {
      const more = faults.length > 1 ? ` (and ${faults.length - 1} more: -o json)` : '';
      // Sentences about a file by itself name it already.
      const first = faults[0]!.split(' ').includes(path) ? faults[0] : `${path}: ${faults[0]}`;
      return fail(new ConntrailError('CONNTRAIL_VERIFICATION', `${first}${more}`));
    }
    if (output === 'text') {
      const whose = refused === 0 ? '' : ` (${refused} of them refused by the output itself)`;
      const sums = `${recordsOf(report)}, ${ledgers} ledger records, ${lost} lost${whose}`;
      process.stdout.write(`${path}: ${sums}; everything is accounted for\n`);
      const { silenceText } = await import('../silence-text.js');
      for (const silence of silences) process.stdout.write(`${path}: ${silenceText(silence)}\n`);
    }
    const { tellUnchecked } = await import('../left-out.js');
    return tellUnchecked(path, missing);
  });
}

/** `12 connection records (5 closed), 1 oom_kill records`. */
function recordsOf({ types }: VerifyReport): string {
  const parts = Object.entries(types).map(([name, { records, units }]) => {
    const closed = name === 'connection' ? ` (${units} closed)` : '';
    return `${records} ${name} records${closed}`;
  });
  return parts.length === 0 ? 'no records' : parts.join(', ');
}

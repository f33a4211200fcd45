import { Command, Option } from 'commander';
import { setAction } from '../action.js';
import { EXIT } from '../exit-codes.js';
import { say } from '../say.js';

/** `conntrail verify`: proves from the data alone that nothing is missing, or says what is. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('check that nothing is missing or damaged in what was written')
    .argument('<path>', 'a recording, an output directory, or an Avro or NDJSON file')
    .addOption(
      new Option('-o, --output <format>', 'text, or json with every finding').choices(['text', 'json']).default('text'),
    );
  return setAction(command, async (path: string, { output }: { output: string }) => {
    const { verify } = await import('../../recording/verify/verify.js');
    const report = await verify(path);
    const { faults, connections, closed, ledgers, lost, refused } = report;
    if (output === 'json') process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    if (faults.length > 0) {
      const more = faults.length > 1 ? ` (and ${faults.length - 1} more: -o json)` : '';
      // Sentences about a file by itself name it already.
      const first = faults[0]!.split(' ').includes(path) ? faults[0] : `${path}: ${faults[0]}`;
      say(`${first}${more}`);
      return EXIT.verification;
    }
    if (output === 'text') {
      const whose = refused === 0 ? '' : ` (${refused} of them refused by the output itself)`;
      const sums = `${connections} connection records (${closed} closed), ${ledgers} ledger records, ${lost} lost${whose}`;
      process.stdout.write(`${path}: ${sums}; everything is accounted for\n`);
    }
    return EXIT.ok;
  });
}

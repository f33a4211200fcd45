import { ConntrailError } from '../../errors.js';
import { spoolBreach } from '../../spool/spool-account.js';
import type { Damage, SpoolSurvey } from '../../spool/survey.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { fail } from '../say.js';
import { readSpool, spoolJson } from './read-spool.js';

/** Says what is damaged or missing, or that nothing is. */
export async function verifySpool(path: string, output: 'text' | 'json'): Promise<ExitCode> {
  const survey = await readSpool(path);
  const findings = findingsOf(survey);
  if (output === 'json') process.stdout.write(spoolJson(survey));
  else {
    for (const finding of findings) process.stdout.write(`${finding}\n`);
    const { segments, resident, next } = survey;
    if (findings.length === 0) {
      const sums = `${segments.length} segments, ${next - 1} records spooled, ${resident.records} wait`;
      process.stdout.write(`${path}: ${sums}; everything is accounted for\n`);
    }
  }
  if (findings.length === 0) return EXIT.ok;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more: -o json)` : '';
  return fail(new ConntrailError('CONNTRAIL_VERIFICATION', `${path}: ${findings[0]}${more}`));
}

/** One sentence for each thing that is not as it was written. */
export function findingsOf(survey: SpoolSurvey): string[] {
  const { checkpoint, resident, lost, next, damage } = survey;
  const found = damage.map(sentence);
  const counts = { counts: resident, damaged: lost };
  const breach = checkpoint === null ? null : spoolBreach(checkpoint, counts, next);
  return breach === null ? found : [...found, breach];
}

function sentence({ file, first, last, what }: Damage): string {
  const seqs =
    first === null ? '' : first === last ? `record ${first} is lost: ` : `records ${first} to ${last} are lost: `;
  return `${seqs}${file} ${what}`;
}

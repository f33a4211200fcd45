// Sums up a vitest run, from the JSON report at the path given: "PASSED FAILED SKIPPED", then a line for each failure with its message's beginning.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
/** The words of a message without the stack below them. */
const beginning = (message) =>
  (message ?? '')
    .split(/\n\s+at /)[0]
    .replaceAll(/\s+/g, ' ')
    .slice(0, 400);
const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  // A file that could not even be collected has no tests, but has failed.
  if (failed.length === 0 && status === 'failed') return [`${file}: ${beginning(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) => `${file} > ${fullName.trim()}: ${beginning(failureMessages[0])}`,
  );
});
console.log(report.numPassedTests, failures.length, report.numPendingTests + report.numTodoTests);
for (const failure of failures) console.log(`  ${failure}`);

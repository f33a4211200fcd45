import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/**
 * The help texts in docs/cli.md are the command's. `CONNTRAIL_UPDATE_DOCS=1 npx vitest run --project unit test/cli/docs` writes them;
 * test/cli/program.test.ts holds the golden files against the command.
 */
test('docs/cli.md shows the help as it is', () => {
  const path = new URL('../../docs/cli.md', import.meta.url);
  const text = readFileSync(path, 'utf8');
  const current = text.replaceAll(
    /```help\n(conntrail ?(\w*))\n[^`]*(?:`[^`]+`[^`]*)*?```\n/g,
    (_, command: string, name: string) => {
      const golden = new URL(`../golden/help${name === '' ? '' : `-${name}`}.txt`, import.meta.url);
      const help = readFileSync(golden, 'utf8').trimEnd();
      return `\`\`\`help\n${command}\n\n${help}\n\`\`\`\n`;
    },
  );
  if (process.env.CONNTRAIL_UPDATE_DOCS !== undefined) writeFileSync(path, current);
  expect(current.match(/```help\n/g)).toHaveLength(13);
  expect(readFileSync(path, 'utf8')).toBe(current);
});

import { Command } from 'commander';
import { expect, test } from 'vitest';
import { checkDependentOptions } from '../../src/cli/dependent-options.js';
import { destinationsOf } from '../../src/cli/destinations.js';
import { addFormatOptions, type FormatOptions } from '../../src/cli/format-options.js';
import { targetOf } from '../../src/cli/kafka-options.js';
import { checkPlaces } from '../../src/cli/output-places.js';

const KAFKA = 'kafka://b/p';

test.each([
  [undefined, {}],
  [['out'], { directory: 'out' }],
  [[KAFKA], { kafka: KAFKA }],
  [[KAFKA, 'out'], { kafka: KAFKA, directory: 'out' }],
  [['out', KAFKA], { kafka: KAFKA, directory: 'out' }],
])('--to %j', (to, destinations) => expect(destinationsOf(to)).toEqual(destinations));

test.each([
  [['a', 'b'], '--to names a second directory: give one, and perhaps one Kafka beside it.'],
  [[KAFKA, KAFKA], '--to names a second Kafka: give one, and perhaps one directory beside it.'],
  [['http://b/p'], '--to http:// is not known: give a directory, or kafka://HOST:PORT/PREFIX.'],
  [['kafka://b'], 'has no topic prefix'],
])('--to %j is refused', (to, sentence) => {
  expect(() => destinationsOf(to)).toThrow(expect.objectContaining({ code: 'CONNTRAIL_OPTION' }));
  expect(() => destinationsOf(to)).toThrow(sentence);
});

/** Options as they are parsed; throws for those that change nothing. */
function parsed(...args: string[]): FormatOptions {
  const command = addFormatOptions(new Command('it').exitOverride());
  command.parse(args, { from: 'user' });
  const options = command.opts<FormatOptions>();
  checkDependentOptions(command, options);
  return options;
}

test('the options of Kafka', () => {
  expect(parsed('--to', KAFKA, '--to', 'out', '--rotate-size', '1M').to).toEqual([KAFKA, 'out']);
  const all = ['--spool', 's', '--spool-size', '2GiB', '--spool-age', '1h', '--spool-policy', 'newest'];
  expect(parsed('--to', KAFKA, '--kafka-config', 'k', ...all)).toMatchObject({
    kafkaConfig: 'k',
    spool: 's',
    spoolSize: 2 ** 31,
    spoolAge: 3_600_000,
    spoolPolicy: 'newest',
  });
  // A replay waits where nothing says otherwise.
  expect(parsed('--to', KAFKA).spoolPolicy).toBeUndefined();
});

test.each([
  [['--kafka-config', 'k'], /^--kafka-config changes nothing here: it is about --to kafka:/],
  [['--to', 'out', '--spool', 's'], /^--spool changes nothing here: it is about --to kafka:/],
  [['--to', KAFKA, '--spool-size', '1G'], /^--spool-size changes nothing here: it is about the spool on disk/],
  [['--to', KAFKA, '--spool-policy', 'newest'], /^--spool-policy changes nothing here/],
  [['--to', KAFKA, '--rotate-size', '1M'], /^--rotate-size changes nothing here: it is about the files of --to DIR/],
  [['--to', KAFKA, '--wide'], /^--wide changes nothing here/],
])('%j is refused', (args, sentence) => expect(() => parsed(...args)).toThrow(sentence));

test('a spool, as a recording, lies elsewhere than the output directory', () => {
  for (const spool of ['out', 'out/spool', './out/x/../spool'])
    expect(() => checkPlaces({ to: [KAFKA, 'out'], spool })).toThrow(/^--spool .* lies in the directory of --to;/);
  expect(() => checkPlaces({ to: [KAFKA, 'out'], spool: 'spool' })).not.toThrow();
  expect(() => checkPlaces({ to: ['out'], record: 'out/x.ctr' })).toThrow(/^--record /);
  expect(() => checkPlaces({ to: ['out'], readyFile: 'out/ready' })).toThrow(/^--ready-file /);
  expect(() => checkPlaces({ to: [KAFKA], spool: 'x' })).not.toThrow();
});

test('without a configuration there is no schema registry', async () => {
  await expect(targetOf(KAFKA, undefined)).rejects.toThrow(/needs its schema registry: --kafka-config FILE with/);
});

/** docs/features.md, as the declarations of the features have it. */
import { z } from 'zod';
import { capabilityName } from '../../src/kernel/capabilities.js';
import type { Feature } from '../../src/pipeline/feature.js';
import type { HookGroupSpec, ProofKind, RungSpec } from '../../src/pipeline/hooks.js';

const HEAD = `<!-- Generated from the features' declarations (test/support/features-document.ts). Do not edit. -->
# Features

What conntrail can watch. \`conntrail features\` lists it; \`--with\` and \`--without\` of \`observe\` and \`record\` turn a feature on and off,
\`--set\` gives it an option (\`--set NAME.OPTION=VALUE\`), \`--records\` chooses the records that standard output gets. A feature that is off costs
nothing: none of its programs is loaded. [adding-a-feature.md](adding-a-feature.md) says how to add one.

Each feature has a row of its own in every [ledger record](records.md#ledger), counted in its own unit. The row's equations are the same for
all ([cli.md](cli.md#verify)). What differs is below: why units are lost in the kernel (\`lost\`), what else is counted (\`notes\`, in no
equation), and why the pipeline may discard a unit (\`discarded\`), which is a loss unless the row says otherwise. Each row has one more cause to discard: \`unencodable\`, a record that could not be
written as its schema says.
`;

const PROOFS: Readonly<Record<ProofKind, string>> = {
  tcp: 'a TCP connection of the self-test',
  udp: 'UDP sockets of the self-test',
  open: 'the connection of the self-test, while it is open',
  dns: 'a datagram of the self-test to a port of DNS, as it leaves and as it arrives',
  event: 'the first event; nobody waits for it',
  none: 'none; it counts as live once it is attached',
};

/** The part of JSON Schema that options are told with. */
interface OptionSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export function featuresDocument(features: readonly Feature[]): string {
  return [HEAD, ...features.map(section)].join('\n');
}

function section(feature: Feature): string {
  const { name, title, unit, byDefault, after, check } = feature;
  const alone =
    check === undefined ? '' : ` Alone: \`conntrail check ${name.replaceAll('_', '-')}\` ([checks.md](checks.md)).`;
  const lines = [
    `## ${name}`,
    '',
    `${sentence(title)} ${byDefault ? 'On unless it is turned off (`--without`).' : 'Off unless it is asked for (`--with`).'} Its row counts ${unit}.${alone}`,
    ...(after.length > 0 ? [`Its records take what these know: ${after.map(code).join(', ')}.`] : []),
    '',
    ...options(feature),
    '### Hooks',
    '',
    ...hooks(feature.hooks),
    '### Records',
    '',
    ...records(feature),
    '### Ledger row',
    '',
    ...row(feature),
  ];
  return lines.join('\n');
}

/** What its schema is as JSON Schema; what JSON does not have is left open. */
function options({ options }: Feature): string[] {
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, OptionSchema>;
  };
  const rows = Object.entries(properties).map(
    ([name, schema]) =>
      `| \`${name}\` | ${cell(schema.description ?? '')} | ${cell(valuesOf(schema))} | ${schema.default === undefined ? '–' : code(JSON.stringify(schema.default))} |`,
  );
  if (rows.length === 0) return ['### Options', '', 'None.', ''];
  return ['### Options', '', '| option | meaning | values | default |', '|---|---|---|---|', ...rows, ''];
}

function valuesOf({ type, enum: words, minimum, maximum }: OptionSchema): string {
  if (words !== undefined) return words.map((word) => code(String(word))).join(', ');
  if (type === undefined) return 'an object; in programs only';
  const bounds = [
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`at most ${maximum}`]),
  ];
  return [type, ...bounds].join(', ');
}

function hooks(groups: readonly HookGroupSpec[]): string[] {
  if (groups.length === 0) return ['None: its facts do not come from the kernel’s hooks.', ''];
  return groups.flatMap(({ name, gives, required, rungs, proof }) => [
    `**${name}**${required ? ', required' : ''}: ${gives}. Proof: ${PROOFS[proof]}. Ways, best first:`,
    '',
    '| way | programs | only with | needs | costs |',
    '|---|---|---|---|---|',
    ...rungs.flatMap(way),
    '',
  ]);
}

/** One line for each of its objects, what holds for the way as a whole in the first. */
function way({ rung, objects, needs, costs, option: only, capability }: RungSpec): string[] {
  const programs = objects.map(({ object, option, without }) => {
    const refused = without === undefined ? '' : `; where it is refused: ${without}`;
    return [`\`bpf/${object}.bpf.c\``, option === undefined ? '' : `${code(option)}${refused}`];
  });
  const [first = ['none: nothing is loaded', only === undefined ? '' : code(only)], ...others] = programs;
  const alone = capability === undefined ? [] : [`${capabilityName(capability)} alone`];
  return [
    [rung, ...first, [...needs.map(code), ...alone].join(', '), costs ?? ''],
    ...others.map((each) => ['', ...each, '', '']),
  ].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
}

function records({ records }: Feature): string[] {
  if (records.length === 0) return ['None of its own: what it knows stands in the records of others.', ''];
  return [
    ...records.map(({ name, fullName, schema }) => {
      const { doc } = JSON.parse(schema) as { doc: string };
      return `- \`${name}\` ([its fields](records.md#${fullName.split('.').at(-1)!.toLowerCase()})): ${doc}`;
    }),
    '',
  ];
}

function row({ unit, causes, notes, discards, setAside = [] }: Feature): string[] {
  return [
    '| column | names |',
    '|---|---|',
    `| unit | ${unit} |`,
    `| \`lost\` | ${names(causes)} |`,
    `| \`notes\` | ${names(notes)} |`,
    `| \`discarded\` | ${names(discards)} |`,
    ...(setAside.length > 0 ? [`| of them no losses | ${names(setAside)} |`] : []),
    '',
  ];
}

const names = (words: readonly string[]): string => words.map(code).join(', ') || '–';
const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** docs/kernels.md: what runs on which kernel, from what the matrix found (results.json) and the tables that the loader reads. */

import { compareVersions } from '../../src/kernel/kernel-version.js';
import type { ProbeSpec } from '../../src/kernel/probe-table.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { CHECKS, DNS, ENTRIES, HEAD, TAIL } from './document-text.js';
import type { KernelOutcome, Outcomes, RunOutcome, Share } from './outcome.js';

type Entries = readonly (readonly [string, KernelOutcome])[];

export function kernelsDocument(
  outcomes: Outcomes,
  features: readonly Feature[],
  probes: readonly ProbeSpec[],
): string {
  const entries = Object.entries(outcomes).sort(([, a], [, b]) => compareVersions(a.release, b.release));
  return [
    HEAD,
    '## What was counted',
    '',
    ...counted(entries),
    ...dns(entries),
    ...checks(entries),
    '## Hook groups',
    '',
    ...groups(entries, features),
    '## Fields that are not known',
    '',
    ...fields(entries),
    '## Features of kernels',
    '',
    ...rows(entries, probes),
    '## Verifier',
    '',
    ...verifier(entries),
    TAIL,
  ].join('\n');
}

const table = (head: readonly string[], lines: readonly (readonly string[])[]) => [
  row(head),
  row(head.map(() => '---')),
  ...lines.map(row),
  '',
];
const row = (cells: readonly string[]) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;

/** `6.12`, of `6.12.118+deb13-cloud-amd64`. */
const versionOf = ({ release }: KernelOutcome) => release.split('.', 2).join('.');
const packageOf = ({ release }: KernelOutcome) => release.replace(/-cloud-.*$/, '');
const shareOf = (share: Share | null) => share ?? 'off';
const namesOf = (list: string | undefined) => (list ?? '').split(', ').filter((name) => name !== '');

function counted(entries: Entries): string[] {
  const lines = entries.flatMap(([, outcome]) => {
    const { refused, runs } = outcome;
    const name = `${versionOf(outcome)} (${packageOf(outcome)})`;
    if (refused !== null) return [[name, 'refused', refused, '', '', '', '', '', '']];
    return Object.entries(runs).map(([transport, run]) => [name, transport, ...cells(run)]);
  });
  const head = [
    'Linux',
    'transport',
    'TCP in',
    'TCP out',
    'UDP',
    'UDP calls',
    'over veth',
    'datagrams on one CPU',
    'lost',
  ];
  return table(head, lines);
}

function cells({ incoming, outgoing, udp, calls, steered, contended, lost }: RunOutcome): string[] {
  return [
    ...[incoming, outgoing, udp].map(shareOf),
    calls ?? (udp === null ? 'off' : '–'),
    ...[steered, contended].map(shareOf),
    String(lost),
  ];
}

/** Of a kernel whose outcome was kept before there was DNS, nothing. */
function dns(entries: Entries): string[] {
  const lines = entries.flatMap(([, outcome]) => {
    const { dns: found } = outcome;
    if (!found) return [];
    const cells = 'refused' in found ? ['refused', found.refused, ''] : [found.queries, found.names, `${found.lost}`];
    return [[versionOf(outcome), ...cells]];
  });
  return lines.length === 0 ? [] : ['## DNS', '', DNS, ...table(['Linux', 'ends of queries', 'names', 'lost'], lines)];
}

/** Of a kernel whose outcome was kept before there were checks, nothing. */
function checks(entries: Entries): string[] {
  const checked = entries.flatMap(([, outcome]) => (outcome.checks ? [{ outcome, found: outcome.checks }] : []));
  if (checked.length === 0) return [];
  const lines = checked.map(({ outcome, found: { maps, programs, kills, queues } }) => [
    versionOf(outcome),
    maps ?? '–',
    programs ?? '–',
    kills,
    queues,
  ]);
  const types = [...new Set(checked.flatMap(({ found }) => Object.keys(found.entries ?? {})))];
  const ways = types.map((type) => [`\`${type}\``, ...checked.map(({ found }) => found.entries?.[type] ?? '–')]);
  return [
    '## Checks',
    '',
    CHECKS,
    ...table(['Linux', 'maps', 'programs', 'kills', 'queues'], lines),
    ENTRIES,
    ...table(['map type', ...checked.map(({ outcome }) => versionOf(outcome))], ways),
  ];
}

function groups(entries: Entries, features: readonly Feature[]): string[] {
  const names = features.flatMap(({ name, hooks }) => hooks.map((group) => `${name}.${group.name}`));
  const reasons: string[] = [];
  const mark = (reason: string) => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return `off ${String.fromCharCode(97 + reasons.indexOf(reason))}`;
  };
  const lines = names.map((name) => [
    `\`${name}\``,
    ...entries.map(([, { refused, groups: found }]) => {
      const group = found[name];
      if (refused !== null || group === undefined) return 'refused';
      return group.rung ?? mark(group.reason);
    }),
  ]);
  return [
    ...table(['group', ...entries.map(([, outcome]) => versionOf(outcome))], lines),
    ...reasons.map((reason, index) => `- ${String.fromCharCode(97 + index)}: ${reason}`),
    ...(reasons.length > 0 ? [''] : []),
  ];
}

/** Those that every kernel leaves out of some record are no matter of the kernel. */
function fields(entries: Entries): string[] {
  const traced = entries.filter(([, { refused }]) => refused === null);
  const protocols = [...new Set(traced.flatMap(([, { nulls }]) => Object.keys(nulls)))];
  const lines = traced.map(([, { nulls, runs, ...outcome }]) => [
    versionOf(outcome as KernelOutcome),
    ...protocols.map((protocol) => {
      if (protocol === 'udp' && Object.values(runs).every(({ udp }) => udp === null)) return 'off';
      const everywhere = traced
        .filter(([, other]) => protocol !== 'udp' || Object.values(other.runs).some(({ udp }) => udp !== null))
        .map(([, other]) => new Set(namesOf(other.nulls[protocol])));
      const own = namesOf(nulls[protocol]).filter((name) => !everywhere.every((set) => set.has(name)));
      return own.length === 0 ? 'none' : own.map((name) => `\`${name}\``).join(', ');
    }),
  ]);
  return table(['Linux', ...protocols.map((protocol) => protocol.toUpperCase())], lines);
}

function rows(entries: Entries, probes: readonly ProbeSpec[]): string[] {
  const lines = probes.map(({ name, title, since }) => {
    const told = (wanted: (status: string) => boolean) =>
      entries
        .filter(([, found]) => wanted(found.probes[name] ?? 'missing'))
        .map(([, outcome]) => versionOf(outcome))
        .join(', ') || '–';
    return [title, since, told((status) => status === 'works'), told((status) => status !== 'works')];
  });
  return table(['feature', 'since', 'works on', 'not on'], lines);
}

function verifier(entries: Entries): string[] {
  const counting = entries.filter(([, outcome]) => Object.keys(outcome.verifier).length > 0);
  const programs = [...new Set(counting.flatMap(([, outcome]) => Object.keys(outcome.verifier)))].sort();
  const lines = programs.map((program) => [
    `\`${program}\``,
    ...counting.map(([, outcome]) => outcome.verifier[program]?.toLocaleString('en') ?? '–'),
  ]);
  return table(['program', ...counting.map(([, outcome]) => versionOf(outcome))], lines);
}

import type { Figure } from './figure.js';
import type { Machine } from './machine.js';

/** Three significant digits, large numbers with thousands. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

export function targetText({ target, unit }: Figure): string {
  if (target === null) return '';
  return `${target.at === 'least' ? '≥' : '≤'} ${digits(target.value)} ${unit}`;
}

/** The whole table in Markdown. */
export function markdown(figures: readonly Figure[], machine: Machine, skipped: readonly string[]): string {
  const versions = Object.values(machine.versions).join('; ');
  const lines = [
    `${machine.cpus} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node} (V8 ${machine.v8}); ${versions}`,
    '',
    '| benchmark | figure | median | range | target | met |',
    '|---|---|---|---|---|---|',
  ];
  for (const figure of figures) {
    const { benchmark, name, unit, median, range, met, note } = figure;
    const verdict = met === null ? '' : met ? 'yes' : '**no**';
    const what = note === '' ? name : `${name} (${note})`;
    const cells = [
      benchmark,
      what,
      `${digits(median)} ${unit}`,
      range.map(digits).join(' – '),
      targetText(figure),
      verdict,
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  for (const line of skipped) lines.push('', line);
  return `${lines.join('\n')}\n`;
}

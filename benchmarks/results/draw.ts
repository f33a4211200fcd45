import type { Figure } from '../harness/figure.js';
import { digits, targetText } from '../harness/table.js';

const ROW = 22;
const LEFT = 420;
const BAR = 240;
const WIDTH = 920;

const escapeXml = (text: string): string => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * A picture of all figures that have a target: how far each is from it. The line is the target; a bar beyond it is good, whichever way
 * the target points.
 */
export function drawResults(figures: readonly Figure[]): string {
  const judged = figures.filter(({ target }) => target !== null);
  const height = judged.length * ROW + 34;
  const rows = judged.map((figure, i) => {
    const { target, median, benchmark, name, unit, met } = figure;
    const share = target!.at === 'least' ? median / target!.value : target!.value / Math.max(median, 1e-9);
    const width = Math.round((Math.min(share, 2) / 2) * BAR);
    const y = 28 + i * ROW;
    const short = `${benchmark}: ${name}`.slice(0, 64);
    return [
      `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escapeXml(short)}</text>`,
      `<rect x="${LEFT}" y="${y + 2}" width="${width}" height="${ROW - 8}" class="${met ? 'met' : 'missed'}"/>`,
      `<text x="${LEFT + BAR + 8}" y="${y + 13}">${escapeXml(`${digits(median)} ${unit}  (${targetText(figure)})`)}</text>`,
    ].join('');
  });
  const line = LEFT + BAR / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<title>Figures of a benchmark run against their targets</title>
<style>text{font:12px sans-serif;fill:#444}.met{fill:#4a9d6e}.missed{fill:#c8663c}rect.page{fill:#fff}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text x="${line}" y="16" text-anchor="middle">target</text>
${rows.join('\n')}
<line x1="${line}" y1="22" x2="${line}" y2="${height - 4}" stroke="#444" stroke-dasharray="3 3"/>
</svg>
`;
}

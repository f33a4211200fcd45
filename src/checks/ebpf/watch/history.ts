/** Most readings that are kept. */
const MOST = 256;
const BARS = '▁▂▃▄▅▆▇█';

/** What some figures of one object were, reading by reading. */
export class History {
  #of = '';
  readonly #series = new Map<string, number[]>();

  /** Another reading of an object; one of another object begins anew. @param of what tells it from others */
  add(of: string, figures: Readonly<Record<string, number | null>>): void {
    if (of !== this.#of) this.#series.clear();
    this.#of = of;
    for (const [name, value] of Object.entries(figures)) {
      const series = this.#series.get(name) ?? [];
      this.#series.set(name, series);
      series.push(value ?? Number.NaN);
      if (series.length > MOST) series.shift();
    }
  }

  clear(): void {
    this.#of = '';
    this.#series.clear();
  }

  /** The last readings of a figure as bars from 0 to the largest of them; a gap where it was not known. */
  bars(name: string, width: number): string {
    const series = (this.#series.get(name) ?? []).slice(-Math.max(0, width));
    const most = Math.max(0, ...series.filter((value) => !Number.isNaN(value)));
    return series.map((value) => bar(value, most)).join('');
  }
}

function bar(value: number, most: number): string {
  if (Number.isNaN(value)) return ' ';
  return BARS[most === 0 ? 0 : Math.round((value / most) * (BARS.length - 1))]!;
}

import { pad } from '../../../table/text.js';
import type { History } from './history.js';

/** A name, and what there is to say. */
export type Fact = [name: string, text: string];
/** A figure that is followed, and how it is written. */
export type Figure = [name: string, value: number | null, show: (value: number | null) => string];

/** Everything about one object. */
export interface Detail {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly figures: readonly Figure[];
}

const NAME_WIDTH = 9;
const VALUE_WIDTH = 6;

/** Its lines, the figures first: they move. */
export function detailLines({ facts, figures }: Detail, history: History, columns: number): string[] {
  const room = columns - NAME_WIDTH - VALUE_WIDTH - 2;
  return [
    ...figures.map(([name, value, show]) =>
      `${pad(name, NAME_WIDTH, false)}${pad(show(value), VALUE_WIDTH, true)} ${history.bars(name, room)}`.trimEnd(),
    ),
    '',
    ...facts.map(([name, text]) => pad(name, NAME_WIDTH, false) + text),
  ];
}

import type { Observer } from 'rxjs';
import type { FrameKind } from '../frames/frame-kind.js';
import type { FrameView } from '../frames/frame-view.js';
import type { Row } from '../ledger/row.js';

/** Where frames of one kind go. */
export interface Input {
  readonly least: number;
  readonly most: number;
  readonly units: number;
  readonly row: Row;
  readonly observer: Pick<Observer<FrameView>, 'next'>;
}

/** Who takes which kind of frame: one array, looked up once per frame. */
export class Inputs {
  #byKind: (Input | null)[] = [];

  /** @throws RangeError when two stages want the same kind, or one wants a kind that its feature does not declare */
  add(kinds: readonly FrameKind[], row: Row, kind: number, observer: Input['observer']): void {
    const declared = kinds.find((each) => each.kind === kind);
    if (declared === undefined) throw new RangeError(`kind ${kind} is not declared by its feature`);
    while (this.#byKind.length <= kind) this.#byKind.push(null);
    if (this.#byKind[kind] !== null) throw new RangeError(`kind ${kind} has two takers`);
    const { least, most, units } = declared;
    this.#byKind[kind] = { least, most, units, row, observer };
  }

  /** Who takes this kind; null or undefined: nobody does. */
  of(kind: number): Input | null | undefined {
    return this.#byKind[kind];
  }
}

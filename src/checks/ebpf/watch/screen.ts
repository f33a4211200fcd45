import type { RecordSource, RecordType } from '../../../encoding/record-type.js';
import type { ReadingScreen } from '../../../table/reading-view.js';
import type { TableStyle } from '../../../table/record-table.js';
import type { TableSize } from '../../../table/table-size.js';
import type { EbpfMapSource } from '../ebpf-map-source.js';
import { EbpfProgramSource } from '../ebpf-program-source.js';
import { PROGRAM } from '../layout.gen.js';
import { Gathered, type WholeRound } from '../table/gathered.js';
import { MAP_COLUMNS, PROGRAM_COLUMNS } from './columns.js';
import { type Detail, detailLines } from './detail.js';
import { Filter } from './filter.js';
import { helpLines } from './help.js';
import { History } from './history.js';
import { KEY, keyOf } from './keys.js';
import { List } from './list.js';
import { mapDetail } from './map-detail.js';
import { MAP_ORDERS, PROGRAM_ORDERS } from './orders.js';
import { Page } from './page.js';
import { programDetail } from './program-detail.js';
import { summary } from './summary.js';

const NAME = 'conntrail check ebpf';
const KEYS_LINE = 'q quit  tab maps  s order  r reverse  / filter  p pause  enter all of it  ? help';
const BACK_LINE = 'enter back  p pause  q quit';

/** The live view of all programs and maps. */
export class EbpfScreen implements ReadingScreen {
  readonly #style: TableStyle;
  readonly #gathered = new Gathered();
  readonly #programs = new List<EbpfProgramSource>(PROGRAM_COLUMNS, PROGRAM_ORDERS);
  readonly #maps = new List<EbpfMapSource>(MAP_COLUMNS, MAP_ORDERS);
  readonly #filter = new Filter();
  readonly #history = new History();
  #round: WholeRound | null = null;
  #shows: 'programs' | 'maps' = 'programs';
  #page: 'list' | 'detail' | 'help' = 'list';
  #paused = false;

  constructor(style: TableStyle) {
    this.#style = style;
  }

  take<S extends RecordSource>(type: RecordType<S>): ((source: S) => void) | null {
    return this.#gathered.take(type);
  }

  ended(): void {
    this.#gathered.ended();
    if (!this.#paused) this.#renew();
  }

  key(sent: string): 'drawn' | 'quit' | 'unknown' {
    const key = keyOf(sent);
    if (this.#filter.isOpen) {
      if (!this.#filter.key(key)) return 'unknown';
      this.#fill();
      return 'drawn';
    }
    if (key === 'q') return 'quit';
    const act = this.#page === 'help' ? this.#list : this.#actions[key];
    if (act === undefined) return 'unknown';
    act();
    return 'drawn';
  }

  lines({ columns, rows }: TableSize): readonly string[] {
    const page = new Page(columns, rows ?? 24, this.#style.colour);
    // In front: on a narrow screen the end of a line is not seen.
    const titled = (title: string): string => (this.#paused ? `PAUSED  ${title}` : title);
    if (this.#page === 'help') return page.lines(titled(NAME), '', { body: helpLines() }, 'any key: back  q quit');
    const { title, took } = summary(this.#round);
    const detail = this.#page === 'detail' ? this.#detail() : null;
    if (detail !== null) {
      const body = detailLines(detail, this.#history, columns);
      return page.lines(titled(detail.title), took, { body }, BACK_LINE);
    }
    if (this.#round === null) return page.lines(titled(NAME), '', { body: ['The first reading …'] }, KEYS_LINE);
    const list = this.#current;
    const { isOpen, text } = this.#filter;
    const all = this.#round[this.#shows].length;
    const found = isOpen || text !== '' ? `, ${list.length} of ${all} with ${text}${isOpen ? '_' : ''}` : '';
    const middle = { heading: `${this.#shows} by ${list.order}${found}`, ...list.lines(columns, page.room - 1) };
    return page.lines(titled(title), took, middle, isOpen ? 'enter keep  escape all' : KEYS_LINE);
  }

  get #current(): List<EbpfProgramSource> | List<EbpfMapSource> {
    return this.#shows === 'programs' ? this.#programs : this.#maps;
  }

  readonly #list = (): void => {
    this.#page = 'list';
  };

  readonly #actions: Readonly<Record<string, () => void>> = {
    [KEY.up]: () => this.#move(-1),
    k: () => this.#move(-1),
    [KEY.down]: () => this.#move(1),
    j: () => this.#move(1),
    [KEY.pageUp]: () => this.#move(-1, 'pages'),
    [KEY.pageDown]: () => this.#move(1, 'pages'),
    [KEY.home]: () => this.#move(Number.NEGATIVE_INFINITY),
    g: () => this.#move(Number.NEGATIVE_INFINITY),
    [KEY.end]: () => this.#move(Number.POSITIVE_INFINITY),
    G: () => this.#move(Number.POSITIVE_INFINITY),
    [KEY.tab]: () => this.#turn(),
    m: () => this.#turn(),
    s: () => this.#current.reorder(1),
    S: () => this.#current.reorder(-1),
    r: () => this.#current.reverse(),
    '/': () => {
      this.#page = 'list';
      this.#filter.isOpen = true;
    },
    p: () => {
      this.#paused = !this.#paused;
      if (!this.#paused) this.#renew();
    },
    '?': () => {
      this.#page = 'help';
    },
    [KEY.enter]: () => this.#open(),
    [KEY.escape]: () => this.#escape(),
  };

  /** Shows the last round that is whole. */
  #renew(): void {
    if (this.#gathered.whole === null || this.#gathered.whole === this.#round) return;
    this.#round = this.#gathered.whole;
    this.#fill();
    this.#note();
  }

  /** What there is, and is asked for, in the lists. */
  #fill(): void {
    if (this.#round === null) return;
    this.#programs.show(this.#round.programs.filter((program) => this.#filter.accepts(program)));
    this.#maps.show(this.#round.maps.filter((map) => this.#filter.accepts(map)));
  }

  #move(by: number, unit: 'lines' | 'pages' = 'lines'): void {
    this.#current.move(by, unit);
    if (this.#page === 'detail') this.#note();
  }

  #turn(): void {
    this.#shows = this.#shows === 'programs' ? 'maps' : 'programs';
    this.#page = 'list';
  }

  #open(): void {
    this.#page = this.#page === 'list' && this.#current.selected !== null ? 'detail' : 'list';
    this.#current.hold();
    this.#history.clear();
    this.#note();
  }

  #escape(): void {
    if (this.#page === 'list') {
      this.#filter.text = '';
      this.#fill();
    }
    this.#page = 'list';
  }

  #detail(): Detail | null {
    const { selected } = this.#current;
    if (selected === null) return null;
    return selected instanceof EbpfProgramSource ? programDetail(selected) : mapDetail(selected);
  }

  /** Keeps the figures of the one that is looked at. */
  #note(): void {
    const { selected } = this.#current;
    if (this.#page !== 'detail' || selected === null) return;
    const loaded = selected instanceof EbpfProgramSource ? selected.long(PROGRAM.loaded_ns) : 0;
    const figures = this.#detail()!.figures.map(([name, value]) => [name, value] as const);
    this.#history.add(`${this.#shows} ${selected.id} ${loaded}`, Object.fromEntries(figures));
  }
}

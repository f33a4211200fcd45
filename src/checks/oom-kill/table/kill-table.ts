import { RUNTIMES } from '../../../cgroups/container.js';
import { nameEnd } from '../../../encoding/process-name.js';
import { safeText } from '../../../encoding/safe-text.js';
import { u64 } from '../../../frames/words.js';
import type { Column, PlacedColumn } from '../../../table/column.js';
import { ColumnLines } from '../../../table/column-lines.js';
import { humanBytes } from '../../../table/human.js';
import type { RecordTable } from '../../../table/record-table.js';
import { fitted, type Widths } from '../../../table/steps.js';
import { ellipsizeEnd, ellipsizeMiddle } from '../../../table/text.js';
import { timeOfDay } from '../../../table/time.js';
import { OOM_KILL as OOM_KILL_RECORD } from '../generated/oom-kill-type.js';
import { KNOWN, NAME_LENGTH, OOM_KILL, SCOPE } from '../layout.gen.js';
import type { OomKillSource } from '../oom-kill-source.js';

/** Of what the kernel does not tell. */
const UNKNOWN = '-';
/** Digits of an id that people are shown. */
const SHORT_ID = 12;
const LONG_ID = /^[0-9a-f]{64}$/;
const SCOPES = Object.entries(SCOPE);

const u32 = ({ u32, base }: OomKillSource, offset: number): number => u32[(base + offset) >>> 2]!;

/** What the kernel tells: of the victim more than its pid, its pages, what had no room left, a limit of that. */
const knows = (kill: OomKillSource, what: number): boolean => (u32(kill, OOM_KILL.known) & what) !== 0;
const isKnown = (kill: OomKillSource): boolean => knows(kill, KNOWN.victim);

function name({ u8, base }: OomKillSource, offset: number): string {
  const at = base + offset;
  return safeText(u8.subarray(at, nameEnd(u8, at, NAME_LENGTH)));
}

/** `name(pid)`, the name cut where it would not fit. */
function process(text: string, pid: number, width: number): string {
  const id = `(${pid})`;
  return ellipsizeEnd(text, width - id.length) + id;
}

function time({ wallOffsetUs, u32, base }: OomKillSource, width: number): string {
  const bootUs = Math.floor(u64(u32, (base + OOM_KILL.boot_ns) >>> 2) / 1000);
  return timeOfDay(new Date((bootUs + wallOffsetUs) / 1000), width);
}

/** Of a size that is below 2^53 bytes. */
function bytes(kill: OomKillSource, ...offsets: readonly number[]): string {
  const pages = offsets.reduce((sum, offset) => sum + u64(kill.u32, (kill.base + offset) >>> 2), 0);
  return humanBytes(pages * u32(kill, OOM_KILL.page_size));
}

/** `docker:3f4f4e3b7e0c`: what tells containers apart at a glance, or all of it where there is room. */
function container({ victim }: OomKillSource, width: number): string {
  if (victim?.container == null) return UNKNOWN;
  const { id, runtime } = victim.container;
  const text = runtime === null ? id : `${RUNTIMES[runtime]!}:${id}`;
  return text.length <= width ? text : ellipsizeEnd(LONG_ID.test(id) ? id.slice(0, SHORT_ID) : id, width);
}

const left = (title: string, text: Column<OomKillSource>['text']): Column<OomKillSource> => ({
  title: () => title,
  text,
});
const right = (title: string, text: Column<OomKillSource>['text']): Column<OomKillSource> => ({
  ...left(title, text),
  right: () => true,
});

const TIME = left('TIME', time);
const KILLED: Column<OomKillSource> = {
  ...left('KILLED(PID)', (kill, width) =>
    process(isKnown(kill) ? name(kill, OOM_KILL.victim_name) : UNKNOWN, u32(kill, OOM_KILL.victim_pid), width),
  ),
  emphasis: () => 'failure',
};
const UID = right('UID', (kill) => (isKnown(kill) ? String(u32(kill, OOM_KILL.victim_uid)) : UNKNOWN));
const ADJUSTED = right('ADJ', (kill) =>
  isKnown(kill) ? String(u32(kill, OOM_KILL.victim_oom_score_adj) | 0) : UNKNOWN,
);
const ASKED = left('ASKED(PID)', (kill, width) =>
  process(name(kill, OOM_KILL.trigger_name), u32(kill, OOM_KILL.trigger_pid), width),
);
const MEMORY = right('RSS', (kill) =>
  knows(kill, KNOWN.pages) ? bytes(kill, OOM_KILL.anon_pages, OOM_KILL.file_pages, OOM_KILL.shmem_pages) : UNKNOWN,
);
const FULL = left('FULL', (kill) => {
  if (!knows(kill, KNOWN.choice)) return UNKNOWN;
  const scope = kill.u8[kill.base + OOM_KILL.scope]!;
  return SCOPES.find(([, value]) => value === scope)?.[0] ?? UNKNOWN;
});
const LIMIT = right('LIMIT', (kill) => (knows(kill, KNOWN.limit) ? bytes(kill, OOM_KILL.limit_pages) : UNKNOWN));
const CONTAINER = left('CONTAINER', container);
const CGROUP = left('CGROUP', ({ victim }, width) => ellipsizeMiddle(victim?.text ?? UNKNOWN, width));

/** What no line is without. */
const LEAST: Widths<Column<OomKillSource>> = new Map([[KILLED, 18]]);
/** What there is besides, as there is room for it. */
const STEPS: readonly Widths<Column<OomKillSource>>[] = [
  new Map([[TIME, 8]]),
  new Map([[MEMORY, 5]]),
  new Map([[ASKED, 18]]),
  new Map([[FULL, 9]]),
  new Map([[CGROUP, 15]]),
  new Map([
    [CGROUP, 16],
    [LIMIT, 5],
  ]),
  new Map([[CONTAINER, 12]]),
  new Map([[ADJUSTED, 5]]),
  new Map([[UID, 6]]),
  new Map([[TIME, 12]]),
  new Map([
    [KILLED, 26],
    [ASKED, 26],
  ]),
  new Map([[CGROUP, 40]]),
];
/** The last step of a table in which nothing is cut. */
const WHOLE: Widths<Column<OomKillSource>> = new Map([
  [TIME, 24],
  [CONTAINER, 76],
  // The last of a line: what it does not take is not written.
  [CGROUP, 1600],
]);
/** From left to right. */
const ORDER = [TIME, KILLED, MEMORY, UID, ADJUSTED, ASKED, FULL, LIMIT, CONTAINER, CGROUP];

/** The columns that fit into so many terminal columns; null: all, in full. */
function layout(room: number | null): PlacedColumn<OomKillSource>[] {
  const widths =
    room === null ? fitted(LEAST, [...STEPS, WHOLE], Number.POSITIVE_INFINITY) : fitted(LEAST, STEPS, room);
  return ORDER.flatMap((column) => {
    const width = widths.get(column);
    return width === undefined ? [] : [{ column, width }];
  });
}

/** Kills as lines for people. */
export const OOM_KILL_TABLE: RecordTable<OomKillSource> = {
  type: OOM_KILL_RECORD,
  open: (style) => new ColumnLines(style, layout, (kill: OomKillSource) => kill),
};

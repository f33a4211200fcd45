import { nameEnd } from '../../../encoding/process-name.js';
import { safeText } from '../../../encoding/safe-text.js';
import { u64 } from '../../../frames/words.js';
import type { Column, PlacedColumn } from '../../../table/column.js';
import { ColumnLines } from '../../../table/column-lines.js';
import type { RecordTable } from '../../../table/record-table.js';
import { fitted, type Widths } from '../../../table/steps.js';
import { ellipsizeEnd } from '../../../table/text.js';
import { timeOfDay } from '../../../table/time.js';
import { OOM_KILL as OOM_KILL_RECORD } from '../generated/oom-kill-type.js';
import { KNOWN, NAME_LENGTH, OOM_KILL } from '../layout.gen.js';
import type { OomKillSource } from '../oom-kill-source.js';

/** Of what the kernel does not tell. */
const UNKNOWN = '-';

const u32 = ({ u32, base }: OomKillSource, offset: number): number => u32[(base + offset) >>> 2]!;

/** Whether the kernel tells more of the victim than its pid. */
const isKnown = (kill: OomKillSource): boolean => (u32(kill, OOM_KILL.known) & KNOWN.victim) !== 0;

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

/** The 64 bits as the signed number that the record has. */
function cgroup({ u32, base }: OomKillSource): string {
  const at = (base + OOM_KILL.trigger_cgroup_id) >>> 2;
  return BigInt.asIntN(64, (BigInt(u32[at + 1]!) << 32n) | BigInt(u32[at]!)).toString();
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
const CGROUP = right('CGROUP', cgroup);

/** What no line is without. */
const LEAST: Widths<Column<OomKillSource>> = new Map([[KILLED, 18]]);
/** What there is besides, as there is room for it. */
const STEPS: readonly Widths<Column<OomKillSource>>[] = [
  new Map([[TIME, 8]]),
  new Map([[ASKED, 18]]),
  new Map([[UID, 6]]),
  new Map([[ADJUSTED, 5]]),
  new Map([[CGROUP, 10]]),
  new Map([
    [KILLED, 26],
    [ASKED, 26],
  ]),
  new Map([[TIME, 12]]),
  new Map([[CGROUP, 20]]),
];
/** The last step of a table in which nothing is cut. */
const WHOLE: Widths<Column<OomKillSource>> = new Map([[TIME, 24]]);
/** From left to right. */
const ORDER = [TIME, KILLED, UID, ADJUSTED, ASKED, CGROUP];

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

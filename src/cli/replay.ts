import type { ConnectionFilter } from '../connections/filter.js';
import { ConntrailError } from '../errors.js';
import { findFeature } from '../feature-options.js';
import { FEATURES } from '../features.js';
import type { FilterText } from '../filters/filter-text.js';
import { parseFilterText } from '../filters/parse-filter.js';
import { hasPaths, parseFilter } from '../filters/settle-filter.js';
import { bootId } from '../kernel/host.js';
import { impossibleIn } from '../recording/impossible.js';
import { RecordingReader } from '../recording/recording-reader.js';
import { type Pace, replay } from '../recording/replay.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { FormatOptions } from './format-options.js';
import { outcomeOf } from './judge.js';
import { leaveSoon, unblockTerminals } from './leave.js';
import { outputLine } from './ledger-tally.js';
import { tellLeftOut } from './left-out.js';
import { openOutputs } from './outputs.js';
import { fail, say } from './say.js';
import { StopSignals } from './stop-signals.js';

const LATE = 'the replay did not end in time; read faster, or write to a faster disk';

export interface ReplayRun extends FormatOptions {
  pace: Pace;
  /** None: the filters of the recording. */
  filter: FilterText;
  /** Not even those. */
  unfiltered?: boolean;
  /** Features that are on though they were off when it was recorded. */
  with?: readonly string[];
}

/**
 * Replays a recording into the outputs the options ask for.
 *
 * @throws ConntrailError of the recording or the outputs; what came before the fault is written.
 */
export async function runReplay(path: string, options: ReplayRun): Promise<ExitCode> {
  const more = (options.with ?? []).map((name) => findFeature(name).name);
  const reader = await RecordingReader.open(path);
  unblockTerminals();
  using signals = new StopSignals();
  try {
    const filter = filterOf(options, reader);
    const lacking = tellLeftOut(reader);
    const features = FEATURES.filter(({ name }) => Object.hasOwn(reader.header.features, name) || more.includes(name));
    const outputs = await openOutputs(options, {
      closed: () => signals.stop(),
      accounts: false,
      features,
      host: reader.header.host,
      patient: true,
    });
    signals.overdue.addEventListener('abort', () => {
      for (const output of outputs) output.abandon?.();
      leaveSoon(() => process.exit(process.exitCode ?? fail(new ConntrailError('CONNTRAIL_BEHIND', LATE))));
    });
    let failure: unknown;
    let impossible: string | null = null;
    try {
      await replay(reader, {
        clients: outputs.map(({ writer }, i) => ({ name: `output ${i + 1}`, writer })),
        filter,
        more,
        pace: options.pace,
        idle: async () => void (await Promise.all(outputs.map((output) => output.idle()))),
        signal: signals.signal,
        counted: (statistics) => {
          impossible = impossibleIn(statistics);
        },
      });
    } catch (error) {
      failure = error;
    }
    for (const output of outputs) {
      await output.finish();
      failure ??= output.errors[0];
      const line = output.summary?.() ?? outputLine(output.name, { ...outcomeOf(output), unread: 0 });
      if (line !== null) say(line);
    }
    if (failure !== undefined) return fail(failure);
    if (impossible !== null) {
      const sentence = `${path} is damaged: ${impossible}; the rest was replayed`;
      return fail(new ConntrailError('CONNTRAIL_DAMAGED', sentence));
    }
    const status = signals.signal.aborted ? EXIT.ok : judgeEnd(reader);
    return status === EXIT.ok ? lacking : status;
  } finally {
    await reader.close();
  }
}

function filterOf({ filter, unfiltered }: ReplayRun, reader: RecordingReader): ConnectionFilter | undefined {
  if (Object.keys(filter).length === 0) return unfiltered === true ? undefined : recordedFilter(reader);
  if (hasPaths(filter) && reader.header.boot_id !== bootId()) {
    const sentence = `${reader.path} was recorded in another boot: its cgroups and namespaces are not those of this host; give the numbers.`;
    throw new ConntrailError('CONNTRAIL_OPTION', sentence);
  }
  return parseFilter(filter);
}

function recordedFilter({ path, connections }: RecordingReader): ConnectionFilter | undefined {
  try {
    return parseFilterText(connections?.filters ?? {});
  } catch (cause) {
    const sentence = `the filters in the header of ${path} cannot be: ${(cause as Error).message} Give filters of your own.`;
    throw new ConntrailError('CONNTRAIL_DAMAGED', sentence, { cause });
  }
}

/** A recording without trailer is not the whole of what was to be recorded. */
function judgeEnd(reader: RecordingReader): ExitCode {
  if (reader.complete) return EXIT.ok;
  const { blocks, frames } = reader.totals;
  const torn = reader.tail === 0 ? '' : ` and ${reader.tail} bytes of a torn block`;
  const sentence = `${reader.path} was cut short: it has no trailer after ${blocks} blocks (${frames} frames)${torn}`;
  return fail(new ConntrailError('CONNTRAIL_CUT_SHORT', sentence));
}

import { filter, firstValueFrom } from 'rxjs';
import { ConntrailError } from '../errors.js';
import { addon } from '../kernel/addon.js';
import { checkHost } from '../kernel/check-host.js';
import { type HookGroup, isLive } from '../kernel/hook-groups.js';
import type { Feature } from '../pipeline/feature.js';
import type { RecordingHeader } from '../recording/header.js';
import { RecordingWriter } from '../recording/recording-writer.js';
import type { Output } from '../sinks/output.js';
import { openTracer, type Tracer } from '../tracer.js';
import { endRun } from './ending.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { Failures } from './failures.js';
import type { FilterText } from './filter-options.js';
import { judge, refusedBy, tellOutputs } from './judge.js';
import { leaveSoon, unblockTerminals } from './leave.js';
import { LedgerTally } from './ledger-tally.js';
import { lesserWay } from './lesser-way.js';
import type { LiveOptions } from './live-options.js';
import { checkOptions, tracerOptions } from './live-settings.js';
import { LossNotice } from './loss-notice.js';
import { discardAll } from './outputs.js';
import { ReadyFile } from './ready-file.js';
import { recordingHeader } from './recording-header.js';
import { refusedExtras } from './refused-extras.js';
import { say } from './say.js';
import { StopSignals } from './stop-signals.js';
import { TalliedWriter } from './tallied-writer.js';

/** How long a failed output or recording may go untold, ms. */
const WATCH_MS = 1000;

export interface LiveRun {
  options: LiveOptions;
  filter: FilterText;
  /** Where to record, if anywhere. */
  record?: string | undefined;
  /** Opens the outputs, for the records of these features; the first one's ledger is the one summed up. */
  open(closed: () => void, features: readonly Feature[]): Promise<Output[]>;
  /** Whether the run is over when the recording is. */
  recordingOnly: boolean;
  /** Gives back what was taken of the terminal: before an end that waits for nothing. */
  restore?: () => void;
}

/**
 * Traces this host until it is told to stop, and returns the exit status.
 *
 * @throws ConntrailError of openTracer, and of the outputs when they cannot be opened.
 */
export async function runLive(run: LiveRun): Promise<ExitCode> {
  const { options, filter: asked } = run;
  const features = checkOptions(options, asked);
  checkHost(features);
  unblockTerminals();
  const readyFile = options.readyFile === undefined ? null : new ReadyFile(options.readyFile);
  // Not process.exit: that waits for a write to a disk that hangs.
  const quit = (status: number): void => {
    run.restore?.();
    addon().quit(status);
  };
  using signals = new StopSignals((status) => {
    readyFile?.removeNow();
    quit(status);
  });
  await readyFile?.clear();
  const header = run.record === undefined ? null : recordingHeader(options, asked, features);
  const outputs = await run.open(
    () => signals.stop(),
    features.map(({ feature }) => feature),
  );
  const recording = header === null ? null : await createRecording(run.record!, header, outputs);
  const tally = new LedgerTally();
  const failures = new Failures();
  const tell = (error: unknown): void => failures.tell(error);
  signals.signal.addEventListener('abort', () => recording?.ending());

  const tracer = await start(run, outputs, recording, header?.run, tally, signals);
  if (tracer === null) return EXIT.ok;
  if (options.for !== undefined) signals.after(options.for);
  tracer.groupChanges$.subscribe(({ sentence }) => say(sentence));
  const ready = announce(tracer, readyFile, signals.signal).catch((error: unknown) => {
    tell(error);
    signals.stop();
  });
  const watch = setInterval(() => {
    tellOutputs(outputs, failures);
    if (recording === null) return;
    if (recording.misplaced !== null) tell(recording.misplaced);
    if (recording.error === null) return;
    tell(recording.error);
    if (run.recordingOnly) signals.stop();
  }, WATCH_MS);
  await tracer.closed.catch(tell);
  clearInterval(watch);
  await endRun({ announced: ready, readyFile, outputs, recording, overdue: signals.overdue, tell });
  tellOutputs(outputs, failures);
  const status = judge(tally, outputs, failures, options.maxLoss);
  leaveSoon(() => quit(status));
  return status;
}

async function createRecording(path: string, header: RecordingHeader, outputs: readonly Output[]) {
  try {
    return await RecordingWriter.create(path, header);
  } catch (error) {
    await discardAll(outputs);
    throw error;
  }
}

/** Opens the tracer; null when the run was interrupted before it began. What was made for a run that did not begin is removed. */
async function start(
  { options, filter: asked }: LiveRun,
  outputs: readonly Output[],
  recording: RecordingWriter | null,
  recordedRun: number | undefined,
  tally: LedgerTally,
  { signal }: StopSignals,
): Promise<Tracer | null> {
  const notice = new LossNotice(tally, () => refusedBy(outputs));
  try {
    return await openTracer({
      ...tracerOptions(options, asked),
      signal,
      ...(recording === null
        ? {}
        : { recorder: (frame) => recording.frame(frame), recorderBusy: () => recording.busy, run: recordedRun }),
      clients: outputs.map(({ writer }, i) => ({
        name: `output ${i + 1}`,
        writer: i > 0 ? writer : new TalliedWriter(writer, (record) => notice.add(record)),
      })),
    });
  } catch (error) {
    await recording?.discard();
    await discardAll(outputs);
    if (error instanceof ConntrailError && error.code === 'CONNTRAIL_ABORTED') return null;
    throw error;
  }
}

/** Says what is off: at once what is known from loading, the rest when each hook group had its chance. Then creates the ready file. */
async function announce(tracer: Tracer, readyFile: ReadyFile | null, stopped: AbortSignal): Promise<void> {
  if (tracer.transportReason !== '') say(`the ring buffer is not used: ${tracer.transportReason}`);
  for (const { feature, error } of tracer.refused) say(`${feature} is off: ${error.message} [${error.code}]`);
  for (const { name, attached, reason, code } of tracer.groups) {
    if (!attached) say(`${name} is off: ${reason}${code === null ? '' : ` [${code}]`}`);
  }
  for (const sentence of tracer.groups.flatMap(refusedExtras)) say(sentence);
  for (const sentence of tracer.groups.map(lesserWay)) if (sentence !== undefined) say(sentence);
  const groups = await tracer.ready;
  if (stopped.aborted) return;
  const silent = groups.filter((group) => group.attached && !isLive(group));
  for (const { name, reason } of silent) say(`${name} is off: ${reason}`);
  if (readyFile === null) return;
  // Whatever did not come through at start may with a canary.
  const live = tracer.groupChanges$.pipe(filter(() => areLive(tracer.groups)));
  if (silent.length > 0) await firstValueFrom(live, { defaultValue: null });
  if (!stopped.aborted && areLive(tracer.groups)) await readyFile.create();
}

function areLive(groups: readonly HookGroup[]): boolean {
  return groups.every((group) => !group.attached || isLive(group));
}

import type { ConntrailError } from '../errors.js';
import type { RecordingWriter } from '../recording/recording-writer.js';
import type { Output } from '../sinks/output.js';
import { type TeardownStep, tearDown } from '../teardown.js';
import type { ReadyFile } from './ready-file.js';

const STEP_MS = 5_000;
/** What a disk may take to sync a recording, ms. */
const DISK_MS = 30_000;

/** What a run has opened, and what is still going on when its tracer has stopped. */
export interface Ending {
  readonly announced: Promise<unknown>;
  readonly readyFile: ReadyFile | null;
  readonly outputs: readonly Output[];
  readonly recording: RecordingWriter | null;
  /** Aborted when nothing may be waited for any more. */
  readonly overdue: AbortSignal;
  readonly tell: (error: ConntrailError) => void;
}

/**
 * Ends all of it, whatever becomes of each. A reader of standard output is waited for until the end is overdue, a disk for half a minute;
 * what they have not taken then is given up, and told. Never rejects.
 */
export async function endRun({ announced, readyFile, outputs, recording, overdue, tell }: Ending): Promise<void> {
  const early: TeardownStep[] = [
    { name: 'say what is off', deadlineMs: STEP_MS, run: () => announced },
    { name: 'remove the ready file', deadlineMs: STEP_MS, run: () => readyFile?.remove() },
  ];
  await tearDown(early, tell);
  // All begin at once: what one of them waits for is not the others' time.
  const steps = outputs.map((output, i) => outputStep(output, i));
  if (recording !== null) steps.push(recordingStep(recording, tell));
  await tearDown(steps, tell, overdue);
}

function outputStep(output: Output, i: number): TeardownStep {
  const finished = begin(() => output.finish());
  const { abandon } = output;
  return {
    name: `write the rest of output ${i + 1}`,
    deadlineMs: output.endsWithinMs ?? null,
    run: () => finished,
    late: () => {
      abandon?.call(output);
      // It has told why by its error.
      return abandon !== undefined;
    },
  };
}

function recordingStep(recording: RecordingWriter, tell: (error: ConntrailError) => void): TeardownStep {
  const closed = begin(() => recording.close());
  return {
    name: 'write the rest of the recording',
    deadlineMs: DISK_MS,
    run: () => closed,
    late: () => {
      tell(recording.abandon());
      return true;
    },
  };
}

/** Begins it now; what becomes of it is for whoever looks at it later. */
function begin(run: () => Promise<unknown>): Promise<unknown> {
  const promise = run();
  promise.catch(() => {});
  return promise;
}

import { machine, release, uptime } from 'node:os';
import { checkHost } from '../kernel/check-host.js';
import { bootId, hostName } from '../kernel/host.js';
import { LAYOUT_ID } from '../kernel/layout.gen.js';
import { native } from '../native/index.js';
import type { RecordingHeader } from '../recording/header.js';
import { RecordingWriter } from '../recording/recording-writer.js';
import type { Output } from '../sinks/output.js';
import { openTracer, type Tracer } from '../tracer.js';
import { resolveTracerOptions, type TracerOptions } from '../tracer-options.js';
import { VERSION } from '../version.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { type FilterText, parseFilter } from './filter-options.js';
import { LedgerTally, ledgerLines, lossCauses } from './ledger-tally.js';
import type { LiveOptions } from './live-options.js';
import { ReadyFile } from './ready-file.js';
import { fail, say } from './say.js';
import { StopSignals } from './stop-signals.js';
import { TalliedWriter } from './tallied-writer.js';

/** Losses are told at most this often, ms: one line, whatever the rate. */
const LOSS_NOTICE_MS = 10_000;
/** How long a lost recording or a broken output may go unnoticed, ms. */
const WATCH_MS = 500;

export interface LiveRun {
  options: LiveOptions;
  filter: FilterText;
  /** Where to record, if anywhere. */
  record?: string | undefined;
  /** Opens the outputs; the first one's ledger is the one summed up. */
  open(closed: () => void): Promise<Output[]>;
  /** Whether the run is over when the recording is. */
  recordingOnly: boolean;
}

/**
 * Traces this host until it is told to stop, and returns the exit status.
 *
 * @throws ConntrailError of openTracer, and of the outputs when they cannot be opened.
 */
export async function runLive(run: LiveRun): Promise<ExitCode> {
  const { options } = run;
  const settings = tracerOptions(run);
  resolveTracerOptions(settings);
  checkHost();
  using signals = new StopSignals();
  const readyFile = options.readyFile === undefined ? null : new ReadyFile(options.readyFile);
  await readyFile?.clear();
  const outputs = await run.open(() => signals.stop());
  const recording = run.record === undefined ? null : await RecordingWriter.create(run.record, recordingHeader(run));
  const tally = new LedgerTally();
  const notice = new LossNotice(tally, outputs[0]!);
  let tracer: Tracer;
  try {
    tracer = await openTracer({
      ...settings,
      signal: signals.signal,
      ...(recording === null ? {} : { recorder: (frame) => recording.frame(frame) }),
      clients: outputs.map(({ writer }, i) => ({
        name: `output ${i + 1}`,
        writer: i > 0 ? writer : new TalliedWriter(writer, (record) => notice.add(record)),
      })),
    });
  } catch (error) {
    await recording?.discard();
    throw error;
  }
  if (options.for !== undefined) signals.after(options.for);
  const failures: unknown[] = [];
  const keep = (error: unknown): void => void failures.push(error);
  const ready = announce(tracer, readyFile, signals.signal).catch((error: unknown) => {
    keep(error);
    signals.stop();
  });
  const watch = setInterval(() => {
    if (run.recordingOnly && recording?.error) signals.stop();
  }, WATCH_MS);
  await tracer.closed.catch(keep);
  clearInterval(watch);
  await ready;
  let status: ExitCode = EXIT.ok;
  for (const output of outputs) {
    await output.finish();
    if (output.error !== null && !notice.told(output.error)) keep(output.error);
    if (output.error !== null || tally.refused > 0) status = EXIT.failure;
  }
  await recording?.close().catch(keep);
  await readyFile?.remove();
  const dropped = outputs[0]!.dropped;
  for (const line of ledgerLines(tally, dropped)) say(line);
  for (const failure of failures) status = fail(failure);
  const lost = tally.lost + dropped;
  if (status !== EXIT.ok || options.maxLoss === undefined || lost <= options.maxLoss) return status;
  say(`${lost} connections were lost, more than --max-loss ${options.maxLoss}`);
  return EXIT.loss;
}

function tracerOptions({ options, filter }: LiveRun): TracerOptions {
  const { interval, transport, kernelBuffer, ringSize, maxConnections } = options;
  const parsed = parseFilter(filter);
  return {
    transport,
    ringSize,
    maxConnections,
    intervalMs: interval,
    ...(kernelBuffer === undefined ? {} : { kernelBuffer }),
    ...(parsed === undefined ? {} : { filter: parsed }),
  };
}

function recordingHeader({ options, filter }: LiveRun): RecordingHeader {
  const bootUs = Math.round(uptime() * 1e6);
  return {
    conntrail: VERSION,
    layout: LAYOUT_ID,
    host: hostName(),
    boot_id: bootId(),
    kernel: { release: release(), machine: machine() },
    cpus: native().cpus(),
    clock: { boot_ns: `${bootUs}000`, wall_offset_us: Date.now() * 1000 - bootUs },
    options: {
      interval_ms: options.interval,
      transport: options.transport,
      kernel_buffer: options.kernelBuffer ?? null,
      ring_size: options.ringSize,
      max_connections: options.maxConnections,
      filters: filter,
    },
  };
}

/** Says what is off, once each hook group had its chance, and creates the ready file. */
async function announce(tracer: Tracer, readyFile: ReadyFile | null, stopped: AbortSignal): Promise<void> {
  if (tracer.transportReason !== '') say(`the ring buffer is not used: ${tracer.transportReason}`);
  const groups = await tracer.ready;
  if (stopped.aborted) return;
  let broken = false;
  for (const { name, attached, proven, reason } of groups) {
    if (!proven) say(`${name} is off: ${reason}`);
    if (attached && !proven) broken = true;
  }
  if (!broken) await readyFile?.create();
}

/** Tells losses while they happen: aggregated, never more often than the interval. */
class LossNotice {
  readonly #tally: LedgerTally;
  readonly #output: Output;
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #toldError: unknown = null;

  constructor(tally: LedgerTally, output: Output) {
    this.#tally = tally;
    this.#output = output;
  }

  /** Whether this error was told already. */
  told(error: unknown): boolean {
    return this.#toldError === error;
  }

  add(record: Parameters<LedgerTally['add']>[0]): void {
    this.#tally.add(record);
    const { dropped, error } = this.#output;
    if (error !== null && this.#toldError === null) {
      this.#toldError = error;
      fail(error);
    }
    const lost = this.#tally.lost + dropped;
    const now = performance.now();
    if (record.final || lost === this.#told || now - this.#toldAt < LOSS_NOTICE_MS) return;
    say(`losing connections: ${lossCauses(this.#tally, dropped)}`);
    this.#told = lost;
    this.#toldAt = now;
  }
}

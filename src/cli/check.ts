import { ConntrailError } from '../errors.js';
import type { FeatureCheck } from '../pipeline/check.js';
import type { Output } from '../sinks/output.js';
import type { ReadingTableWriter } from '../sinks/reading-table-writer.js';
import type { CheckOptions } from './check-options.js';
import { checkPlan } from './check-plan.js';
import { type CheckedFeature, dashed } from './checks.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { resolveColour } from './format-options.js';
import { runLive } from './live.js';
import { openOutputs } from './outputs.js';
import { Readings } from './readings.js';
import { fail } from './say.js';
import { ScreenOutput } from './screen-output.js';

/** How long a check that ends by itself may take beside its readings, ms: a kernel on a busy host is slow to load. */
const PATIENCE_MS = 30_000;

/**
 * Runs one feature alone until it has its answer, or is told to stop, and returns the exit status.
 *
 * @throws ConntrailError CONNTRAIL_OPTION, and of runLive
 */
export async function runCheck(feature: CheckedFeature, options: CheckOptions): Promise<ExitCode> {
  const { live, intervalMs, follows } = checkPlan(feature, options);
  const { check } = feature;
  const needed = follows ? null : check.answer!.readings;
  const shown = new ShownReadings(check, options);
  let patience: NodeJS.Timeout | undefined;
  let late = false;
  try {
    const status = await runLive({
      options: live,
      filter: {},
      record: options.record,
      recordingOnly: false,
      restore: () => shown.restore(),
      open: async (closed) => {
        if (needed !== null) {
          const stop = (): void => {
            late = true;
            closed();
          };
          patience = setTimeout(stop, needed * intervalMs! + PATIENCE_MS);
        }
        return shown.open(feature, closed, (readings) => {
          if (readings === needed) closed();
        });
      },
    });
    if (!late || status !== EXIT.ok) return status;
    const sentence = `${dashed(feature.name)} had ${shown.readings} whole readings in time, and needs ${needed}; give it more time between them (--for)`;
    return fail(new ConntrailError('CONNTRAIL_BEHIND', sentence));
  } finally {
    clearTimeout(patience);
    shown.restore();
  }
}

/** The outputs of a check, and its readings in them. */
class ShownReadings {
  readonly #check: FeatureCheck;
  readonly #options: CheckOptions;
  #screen: ScreenOutput | null = null;
  #table: ReadingTableWriter | null = null;
  #readings: Readings | null = null;

  constructor(check: FeatureCheck, options: CheckOptions) {
    this.#check = check;
    this.#options = options;
  }

  get readings(): number {
    return this.#readings?.count ?? 0;
  }

  /** @param ended is told how many readings are whole, at the end of each */
  async open(feature: CheckedFeature, closed: () => void, ended: (readings: number) => void): Promise<Output[]> {
    const { answer } = this.#check;
    const settings = { closed, accounts: true, features: [feature], host: this.#options.host };
    const outputs =
      this.#options.watch === true
        ? await openOutputs(this.#options, { ...settings, screen: await this.#open(closed) })
        : await openOutputs(this.#options, { ...settings, readings: await this.#tableOfReadings() });
    if (answer === undefined) return outputs;
    this.#readings = new Readings(answer, (count) => {
      this.#screen?.ended();
      // What is a share of a time needs what was at its beginning.
      this.#table?.ended(count >= answer.readings);
      ended(count);
    });
    return [...outputs, this.#readings.output];
  }

  restore(): void {
    this.#screen?.restore();
  }

  async #open(closed: () => void): Promise<Output> {
    const style = { wide: false, colour: resolveColour(this.#options.color, true, process.env) };
    const open = await this.#check.screen!();
    this.#screen = new ScreenOutput(open(style), closed);
    return this.#screen;
  }

  async #tableOfReadings() {
    const open = await this.#check.table?.();
    if (open === undefined) return undefined;
    return { open, made: (writer: ReadingTableWriter) => void (this.#table = writer) };
  }
}

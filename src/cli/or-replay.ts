import { ConntrailError, type ErrorCode } from '../errors.js';
import type { ExitCode } from './exit-codes.js';
import { type ReplayRun, runReplay } from './replay.js';
import { say } from './say.js';

/** What may be missing for live tracing without anything being wrong: why, and how to get it. */
const LACKS: Partial<Record<ErrorCode, string>> = {
  CONNTRAIL_PRIVILEGE: 'run it as root: sudo npm start',
  CONNTRAIL_NO_BTF: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF',
  CONNTRAIL_PLATFORM: 'run it on Linux',
  CONNTRAIL_ADDON_MISSING: 'build the addon: scripts/setup',
  CONNTRAIL_KERNEL: 'see what this kernel refuses: bin/conntrail doctor',
};

/** Traces live; where this host does not allow that, explains it and replays a recording instead. */
export async function orReplay(
  live: () => Promise<ExitCode>,
  path: string,
  options: Omit<ReplayRun, 'pace'>,
): Promise<ExitCode> {
  try {
    return await live();
  } catch (error) {
    const remedy = error instanceof ConntrailError ? LACKS[error.code] : undefined;
    if (remedy === undefined) throw error;
    say(`live tracing is not possible here: ${(error as ConntrailError).message} [${(error as ConntrailError).code}]`);
    say(`to trace this host, ${remedy}`);
    say(`replaying ${path} instead: the same pipeline, on recorded traffic of another host`);
    return runReplay(path, { ...options, pace: 'fast' });
  }
}

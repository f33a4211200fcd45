import { ConntrailError } from '../errors.js';
import { LAYOUTS, type MissingFeature } from '../recording/layouts.js';
import type { RecordingReader } from '../recording/recording-reader.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { fail } from './say.js';

/** One line for each feature of a recording that this build cannot replay, and the exit status that means unless something else went wrong. */
export function tellLeftOut({ path, header, missing }: Pick<RecordingReader, 'path' | 'header' | 'missing'>): ExitCode {
  return tell(missing, (each) => {
    const own = LAYOUTS[each.feature];
    const layout = `it has layout ${header.layouts[each.feature]}, this conntrail decodes ${own}`;
    const reason = each.why === 'unknown' ? 'this conntrail does not know it' : layout;
    return `${each.feature} is left out of ${path}: ${reason}; replay it with conntrail ${header.conntrail}`;
  });
}

/** The same of a recording that was verified. */
export function tellUnchecked(path: string, missing: readonly MissingFeature[]): ExitCode {
  return tell(missing, ({ feature, why }) => {
    const reason = why === 'unknown' ? 'does not know it' : 'decodes another layout of it';
    return `${feature} of ${path} was not checked: this conntrail ${reason}; verify it with the version that recorded it`;
  });
}

function tell(missing: readonly MissingFeature[], sentence: (each: MissingFeature) => string): ExitCode {
  let status: ExitCode = EXIT.ok;
  for (const each of missing) status = fail(new ConntrailError('CONNTRAIL_FEATURE', sentence(each)));
  return status;
}

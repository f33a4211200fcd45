import { CONNECTIONS } from '../connections/feature.js';
import { ConntrailError } from '../errors.js';
import { featuresToTrace } from '../feature-options.js';
import type { FilterText } from '../filters/filter-text.js';
import { parseFilterText } from '../filters/parse-filter.js';
import type { EnabledFeature } from '../pipeline/feature.js';
import { featureOptions, resolveTracerOptions, type TracerOptions } from '../tracer-options.js';
import { askedFeatures } from './asked-features.js';
import { type LiveOptions, NONE } from './live-options.js';

/** What the tracer is given for these options of the command line. */
export function tracerOptions(options: LiveOptions, filter: FilterText): TracerOptions {
  const {
    interval,
    transport,
    kernelBuffer,
    ringSize,
    maxConnections,
    exactUdp = false,
    failedConnects = false,
    udpFlows,
    udpTimeout,
    pending,
    readers,
    proofTimeout,
    canary,
    host,
    cgroupRoot,
  } = options;
  const features = askedFeatures(options);
  const parsed = parseFilterText(filter);
  return {
    transport,
    ringSize,
    maxConnections,
    exactUdp,
    failedConnects,
    udpFlows,
    features,
    intervalMs: interval,
    ...(pending === undefined ? {} : { pendingMs: pending }),
    ...(proofTimeout === undefined ? {} : { proofTimeoutMs: proofTimeout }),
    ...(canary === undefined ? {} : { canaryMs: canary === NONE ? null : canary }),
    ...(readers === undefined ? {} : { readers }),
    ...(host === undefined ? {} : { host }),
    ...(cgroupRoot === undefined ? {} : { cgroup: cgroupRoot === NONE ? null : cgroupRoot }),
    ...(kernelBuffer === undefined ? {} : { kernelBuffer }),
    ...(udpTimeout === undefined ? {} : { udpTimeoutMs: udpTimeout }),
    ...(parsed === undefined ? {} : { filter: parsed }),
  };
}

/** What the command line calls the tracer's options; null: what only a program can have. */
export const FLAGS: Readonly<Record<keyof TracerOptions, string | null>> = {
  transport: '--transport',
  kernelBuffer: '--kernel-buffer',
  ringSize: '--ring-size',
  intervalMs: '--interval',
  pendingMs: '--pending',
  readers: '--readers',
  maxConnections: '--max-connections',
  udpFlows: '--udp-flows',
  udpTimeoutMs: '--udp-timeout',
  exactUdp: '--exact-udp',
  failedConnects: '--failed-connects',
  proofTimeoutMs: '--proof-timeout',
  canaryMs: '--canary',
  cgroup: '--cgroup-root',
  host: '--host',
  // --with, --without and --set.
  features: null,
  // The filters, the outputs, --record and the signals are theirs.
  filter: null,
  clients: null,
  recorder: null,
  recorderBusy: null,
  signal: null,
  run: null,
  // Of the iterators; there are none.
  queueSize: null,
  logger: null,
};

/**
 * What is to be traced, with its options.
 * @throws ConntrailError CONNTRAIL_OPTION, in the words of the command line.
 */
export function checkOptions(options: LiveOptions, filter: FilterText): EnabledFeature[] {
  try {
    const features = featuresToTrace(featureOptions(resolveTracerOptions(tracerOptions(options, filter))));
    checkTogether(options);
    if (!features.some(({ feature }) => feature.name === CONNECTIONS.name)) checkWithoutConnections(options, filter);
    return features;
  } catch (error) {
    if (!(error instanceof ConntrailError)) throw error;
    const message = error.message
      .replace('tracer options', 'options')
      .replaceAll(/\b\w+(?=: )/g, (name) => FLAGS[name as keyof TracerOptions] ?? name);
    throw new ConntrailError(error.code, message, { cause: error });
  }
}

function refuse(flag: string, need: string): never {
  throw new ConntrailError('CONNTRAIL_OPTION', `${flag} changes nothing here: ${need}.`);
}

/** Options that would change nothing beside others. */
function checkTogether({ readers, transport, cgroupRoot, udpTimeout, exactUdp, set = [] }: LiveOptions): void {
  if (set.some(({ feature, option }) => feature === CONNECTIONS.name && option === 'filter')) {
    const sentence = 'A filter is no setting: give it by its own options, such as --port.';
    throw new ConntrailError('CONNTRAIL_OPTION', sentence);
  }
  if (readers !== undefined && transport !== 'perf')
    refuse('--readers', 'give --transport perf; the ring has one reader');
  if (cgroupRoot !== NONE) return;
  if (udpTimeout !== undefined) refuse('--udp-timeout', '--cgroup-root none turns UDP off');
  if (exactUdp === true) refuse('--exact-udp', '--cgroup-root none turns UDP off');
}

/** Options of connections, which are off; of those with a default nobody knows whether they were given. */
function checkWithoutConnections(options: LiveOptions, filter: FilterText): void {
  const { kernelBuffer, udpTimeout, exactUdp, failedConnects, pending, readers } = options;
  const given = { kernelBuffer, udpTimeoutMs: udpTimeout, exactUdp, failedConnects, pendingMs: pending, readers };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) refuse(FLAGS[name as keyof TracerOptions]!, 'it is about connections, which are off');
  }
  const [first] = Object.keys(filter);
  if (first !== undefined) refuse(`--${first}`, 'it is about connections, which are off');
}

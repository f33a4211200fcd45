import { machine, release, uptime } from 'node:os';
import { ConntrailError } from '../errors.js';
import type { FilterText } from '../filters/filter-text.js';
import { parseFilterText } from '../filters/parse-filter.js';
import { addon } from '../kernel/addon.js';
import { bootId, hostName } from '../kernel/host.js';
import type { RecordingHeader } from '../recording/header.js';
import { LAYOUTS } from '../recording/layouts.js';
import { resolveTracerOptions, type TracerOptions } from '../tracer-options.js';
import { VERSION } from '../version.js';
import { askedFeatures } from './asked-features.js';
import type { LiveOptions } from './live-options.js';

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
    ...(readers === undefined ? {} : { readers }),
    ...(host === undefined ? {} : { host }),
    ...(cgroupRoot === undefined ? {} : { cgroup: cgroupRoot }),
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

/** @throws ConntrailError CONNTRAIL_OPTION, in the words of the command line. */
export function checkOptions(options: LiveOptions, filter: FilterText): void {
  checkTogether(options);
  try {
    resolveTracerOptions(tracerOptions(options, filter));
  } catch (error) {
    if (!(error instanceof ConntrailError)) throw error;
    const message = error.message
      .replace('tracer options', 'options')
      .replaceAll(/\b\w+(?=: )/g, (name) => FLAGS[name as keyof TracerOptions] ?? name);
    throw new ConntrailError(error.code, message, { cause: error });
  }
}

/** Options that would change nothing beside others. */
function checkTogether({ readers, transport, cgroupRoot, udpTimeout, exactUdp }: LiveOptions): void {
  const refuse = (flag: string, need: string): never => {
    throw new ConntrailError('CONNTRAIL_OPTION', `${flag} changes nothing here: ${need}.`);
  };
  if (readers !== undefined && transport !== 'perf')
    refuse('--readers', 'give --transport perf; the ring has one reader');
  if (cgroupRoot !== null) return;
  if (udpTimeout !== undefined) refuse('--udp-timeout', '--cgroup-root none turns UDP off');
  if (exactUdp === true) refuse('--exact-udp', '--cgroup-root none turns UDP off');
}

/** What a recording made with them says about itself. */
export function recordingHeader(options: LiveOptions, filter: FilterText): RecordingHeader {
  const bootUs = Math.round(uptime() * 1e6);
  return {
    conntrail: VERSION,
    layouts: LAYOUTS,
    features: {
      connections: {
        max_connections: options.maxConnections,
        filters: Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, [value].flat()])),
      },
    },
    host: options.host ?? hostName(),
    boot_id: bootId(),
    run: bootUs,
    kernel: { release: release(), machine: machine() },
    cpus: addon().cpus(),
    clock: { boot_ns: `${bootUs}000`, wall_offset_us: Date.now() * 1000 - bootUs },
    options: {
      interval_ms: options.interval,
      transport: options.transport,
      kernel_buffer: options.kernelBuffer ?? null,
      ring_size: options.ringSize,
    },
  };
}

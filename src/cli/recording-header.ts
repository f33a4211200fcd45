import { machine, release } from 'node:os';
import { CONNECTIONS } from '../connections/feature.js';
import type { ConnectionOptions } from '../connections/options.js';
import type { FilterText } from '../filters/filter-text.js';
import { addon } from '../kernel/addon.js';
import { bootId, hostName } from '../kernel/host.js';
import type { EnabledFeature } from '../pipeline/feature.js';
import type { RecordedConnections, RecordingHeader } from '../recording/header.js';
import { LAYOUTS } from '../recording/layouts.js';
import { VERSION } from '../version.js';
import type { LiveOptions } from './live-options.js';

/**
 * What a recording that begins now says about itself. `run` is for the tracer too: it stands in the records.
 * @param features all that are on, whatever becomes of them in the kernel: a replay has the same rows
 */
export function recordingHeader(
  options: LiveOptions,
  filter: FilterText,
  features: readonly EnabledFeature[],
): RecordingHeader {
  const bootNs = addon().bootNs();
  const run = Number(bootNs / 1000n);
  return {
    conntrail: VERSION,
    layouts: LAYOUTS,
    features: Object.fromEntries(features.map((each) => [each.feature.name, recorded(each, filter)])),
    host: options.host ?? hostName(),
    boot_id: bootId(),
    run,
    kernel: { release: release(), machine: machine() },
    cpus: addon().cpus(),
    clock: { boot_ns: `${bootNs}`, wall_offset_us: Date.now() * 1000 - run },
    options: {
      interval_ms: options.interval,
      transport: options.transport,
      kernel_buffer: options.kernelBuffer ?? null,
      ring_size: options.ringSize,
    },
  };
}

/** The options of a feature that change its records. A filter is kept as it was given. */
function recorded({ feature, options }: EnabledFeature, filter: FilterText): Record<string, unknown> {
  if (feature.name !== CONNECTIONS.name) return { ...(options as object) };
  const connections: RecordedConnections = {
    max_connections: (options as ConnectionOptions).maxConnections,
    filters: Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, [value].flat()])),
  };
  return connections;
}

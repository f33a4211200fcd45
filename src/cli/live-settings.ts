import { machine, release, uptime } from 'node:os';
import { addon } from '../kernel/addon.js';
import { bootId, hostName } from '../kernel/host.js';
import { LAYOUT_ID } from '../kernel/layout.gen.js';
import type { RecordingHeader } from '../recording/header.js';
import type { TracerOptions } from '../tracer-options.js';
import { VERSION } from '../version.js';
import { type FilterText, parseFilter } from './filter-options.js';
import type { LiveOptions } from './live-options.js';

/** What the tracer is given for these options of the command line. */
export function tracerOptions(options: LiveOptions, filter: FilterText): TracerOptions {
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

/** What a recording made with them says about itself. */
export function recordingHeader(options: LiveOptions, filter: FilterText): RecordingHeader {
  const bootUs = Math.round(uptime() * 1e6);
  return {
    conntrail: VERSION,
    layout: LAYOUT_ID,
    host: hostName(),
    boot_id: bootId(),
    kernel: { release: release(), machine: machine() },
    cpus: addon().cpus(),
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

import type { RecordingHeader } from '../../src/recording/header.js';
import { LAYOUTS } from '../../src/recording/layouts.js';

/** The header of a recording of nowhere. */
export const HEADER: RecordingHeader = {
  conntrail: '0.1.0',
  layouts: LAYOUTS,
  features: { connections: { max_connections: 1 << 20, filters: { port: ['443'] } } },
  host: 'testhost',
  boot_id: '0b7c1f0e-8a34-4d7c-9f51-b0c6a3c1a001',
  run: 123_456_789,
  kernel: { release: '6.18.0', machine: 'x86_64' },
  cpus: 2,
  clock: { boot_ns: '123456789012345678', wall_offset_us: 1_760_000_000_000_000 },
  options: {
    interval_ms: 1000,
    transport: 'ring',
    kernel_buffer: 65536,
    ring_size: 4_194_304,
  },
};

/** The same with other options of connections. */
export function headerWith(options: object): RecordingHeader {
  return { ...HEADER, features: { connections: { ...HEADER.features.connections, ...options } } };
}

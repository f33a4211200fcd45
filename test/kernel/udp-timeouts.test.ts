import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { udpTimeouts } from '../../src/kernel/udp-timeouts.js';

const folder = mkdtempSync(join(tmpdir(), 'conntrail-sysctl-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the kernel’s own time-outs, each with the kernel’s default where it cannot be read', () => {
  expect(udpTimeouts(undefined, folder)).toEqual({ udpTimeoutMs: 30_000, udpStreamTimeoutMs: 120_000 });
  writeFileSync(join(folder, 'nf_conntrack_udp_timeout'), '7\n');
  expect(udpTimeouts(undefined, folder)).toEqual({ udpTimeoutMs: 7000, udpStreamTimeoutMs: 120_000 });
  writeFileSync(join(folder, 'nf_conntrack_udp_timeout_stream'), '0\n');
  expect(udpTimeouts(undefined, folder)).toEqual({ udpTimeoutMs: 7000, udpStreamTimeoutMs: 120_000 });
  writeFileSync(join(folder, 'nf_conntrack_udp_timeout_stream'), '900\n');
  expect(udpTimeouts(undefined, folder)).toEqual({ udpTimeoutMs: 7000, udpStreamTimeoutMs: 900_000 });
});

test('a time-out that is asked for is that of both', () => {
  expect(udpTimeouts(250, folder)).toEqual({ udpTimeoutMs: 250, udpStreamTimeoutMs: 250 });
});

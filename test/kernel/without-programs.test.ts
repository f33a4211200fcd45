import { describe, expect, test } from 'vitest';
import { CONNECTIONS } from '../../src/connections/feature.js';
import { DNS } from '../../src/dns/feature.js';
import { CAPABILITY } from '../../src/kernel/capabilities.js';
import { lackOfPrivilege } from '../../src/kernel/check-host.js';
import { goesWithout, runsWithout } from '../../src/kernel/without-programs.js';

const NET_RAW = 1n << BigInt(CAPABILITY.net_raw);
const SYS_ADMIN = 1n << BigInt(CAPABILITY.sys_admin);
const dns = (netns: readonly string[]) => ({ feature: DNS, options: { netns } });
const connections = { feature: CONNECTIONS, options: {} };

describe('goesWithout', () => {
  test('DNS of named namespaces, alone', () => {
    expect(goesWithout([dns(['a'])])).toBe('net_raw');
    expect(goesWithout([dns([])])).toBeUndefined();
    expect(goesWithout([{ feature: DNS, options: undefined }])).toBeUndefined();
    expect(goesWithout([dns(['a']), connections])).toBeUndefined();
    expect(goesWithout([connections])).toBeUndefined();
    expect(goesWithout([])).toBeUndefined();
  });
});

describe('lackOfPrivilege', () => {
  test('lacks nothing with that capability; else names it beside the others', () => {
    expect(lackOfPrivilege(NET_RAW, [DNS], 'net_raw')).toBe('');
    expect(lackOfPrivilege(NET_RAW, [DNS])).toMatch(/CAP_BPF and CAP_PERFMON; for DNS also CAP_NET_ADMIN\.$/);
    expect(lackOfPrivilege(0n, [DNS], 'net_raw')).toMatch(/also CAP_NET_ADMIN; or with CAP_NET_RAW alone, for less\.$/);
    // It stands for what programs take, not for sockets.
    expect(lackOfPrivilege(SYS_ADMIN, [DNS], 'net_raw')).toBe('');
  });
});

describe('runsWithout', () => {
  test('names what runs, with its option, its way and what that costs', () => {
    expect(runsWithout(NET_RAW, [DNS, CONNECTIONS])).toEqual([
      expect.stringMatching(/^dns runs all the same with netns \(packet_socket\): only what passes .*\.$/),
    ]);
    expect(runsWithout(0n, [DNS, CONNECTIONS])).toEqual([]);
    expect(runsWithout(SYS_ADMIN, [DNS])).toEqual([]);
  });
});

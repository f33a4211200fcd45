import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ATTACH_TYPES, LINK_TYPES, MAP_TYPES, PROGRAM_TYPES, typeName } from '../../../src/checks/ebpf/type-names.js';

const TYPES = fileURLToPath(new URL('../../../build/vmlinux', import.meta.url));

/** The enumerators of the kernel's own types, without their end marks and the older of two names; by number. */
function enumerators(header: string, name: string, prefix: string): string[] {
  const body = new RegExp(`^enum ${name} \\{(.*?)^\\};`, 'ms').exec(header)![1]!;
  const names: string[] = [];
  for (const [, symbol, value] of body.matchAll(/^\t(\w+) = (\d+),$/gm)) {
    if (symbol!.startsWith('__') || symbol!.endsWith('_DEPRECATED')) continue;
    names[Number(value)] = symbol!.slice(prefix.length).toLowerCase();
  }
  return names;
}

test.each([
  ['bpf_map_type', 'BPF_MAP_TYPE_', MAP_TYPES],
  ['bpf_prog_type', 'BPF_PROG_TYPE_', PROGRAM_TYPES],
  ['bpf_link_type', 'BPF_LINK_TYPE_', LINK_TYPES],
  ['bpf_attach_type', 'BPF_', ATTACH_TYPES],
])('enum %s, as the kernel has it that we build against', (name, prefix, names) => {
  const [version] = readdirSync(TYPES);
  const header = readFileSync(join(TYPES, version!, 'vmlinux.h'), 'utf8');
  const kernels = enumerators(header, name, prefix);
  expect(kernels.length).toBeGreaterThan(10);
  // An older kernel has fewer, a newer one more.
  const both = Math.min(kernels.length, names.length);
  expect(names.slice(0, both)).toEqual(kernels.slice(0, both));
});

test('every name has room in its field', () => {
  for (const name of [...MAP_TYPES, ...PROGRAM_TYPES, ...LINK_TYPES, ...ATTACH_TYPES])
    expect(name.length).toBeLessThanOrEqual(32);
});

test('a type that nobody knows here is shown by its number', () => {
  expect(typeName(MAP_TYPES, 1)).toBe('hash');
  expect(typeName(MAP_TYPES, 250)).toBe('type_250');
  expect(typeName(PROGRAM_TYPES, 4_294_967_295)).toBe('type_4294967295');
});

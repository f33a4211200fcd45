import { expect, test } from 'vitest';
import { CGROUP_PATH, NAMES_LENGTH } from '../../src/cgroups/layout.gen.js';
import { readCgroupPath } from '../../src/cgroups/path.js';

const ID = '7'.repeat(64);
/** Not at the beginning, and not of even address. */
const AT = 24;

interface Written {
  id?: bigint;
  cut?: number;
  length?: number;
}

/** As the program writes it: own name first. */
function written(names: readonly string[], { id = 77n, cut = 0, length }: Written = {}): Uint8Array {
  const bytes = new Uint8Array(AT + CGROUP_PATH.size).fill(0xee, 0, AT);
  const view = new DataView(bytes.buffer);
  const text = new TextEncoder().encode(names.map((name) => `${name}\0`).join(''));
  view.setBigUint64(AT + CGROUP_PATH.id, id, true);
  view.setUint32(AT + CGROUP_PATH.length, length ?? text.length, true);
  view.setUint32(AT + CGROUP_PATH.cut, cut, true);
  bytes.set(text, AT + CGROUP_PATH.names);
  return bytes;
}

test.each<[string, string[], string]>([
  ['the root', [], '/'],
  ['one below', ['init.scope'], '/init.scope'],
  ['several', ['a', 'bb', 'ccc'], '/ccc/bb/a'],
  ['a pod', [`cri-containerd-${ID}.scope`, 'kubepods.slice'], `/kubepods.slice/cri-containerd-${ID}.scope`],
  ['characters of others', ['tür', '北'], '/北/tür'],
  ['what steers a terminal', ['a\u001b[2J', '\u202eb'], '/\\226\\128\\174b/a\\027[2J'],
  ['systemd’s escapes', ['machine-a\\x2db.scope'], '/machine-a\\092x2db.scope'],
])('%s', (_, names, text) => {
  expect(readCgroupPath(written(names), AT)?.text).toBe(text);
});

test('names are those of the kernel, byte for byte', () => {
  expect(readCgroupPath(written(['a\\x2db', 'tür']), AT)?.names).toEqual(['a\\x2db', 'tÃ¼r']);
  expect(readCgroupPath(written([]), AT)?.names).toEqual([]);
});

test('what is cut says so', () => {
  expect(readCgroupPath(written(['a', 'b'], { cut: 1 }), AT)?.text).toBe('…/b/a');
});

test.each<[string, Uint8Array]>([
  ['no cgroup', written(['a'], { id: 0n })],
  ['names that may not be read', written([], { cut: 1 })],
  ['a length beyond the room', written(['a'], { length: NAMES_LENGTH + 1 })],
])('null: %s', (_, bytes) => {
  expect(readCgroupPath(bytes, AT)).toBeNull();
});

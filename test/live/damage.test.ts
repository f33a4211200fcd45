/** Compiled files that are not what was built: each is refused, by name, and nothing of it is run. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CONNECTIONS } from '../../src/connections/feature.js';
import type { loadFeatures } from '../../src/kernel/load-features.js';
import type { Feature } from '../../src/pipeline/feature.js';
import { lacksLive, need } from '../support/require.js';
import { CHECKOUT, inFolder } from './support/checkout.js';

/** Object → what is off without it; tcp: everything. `walk` is loaded only where the kernel refuses `snapshot`. */
const GROUP = {
  tcp: 'tcp',
  udp: 'udp',
  udp_expiry: 'udp',
  io: 'owner',
  snapshot: 'snapshot',
  seed: 'snapshot',
} as const;
type Name = keyof typeof GROUP;

/** An installation of its own, which may be damaged. */
class Installation {
  constructor(readonly folder: string) {
    for (const part of ['bin', 'dist', 'build/bpf', 'build/native', 'package.json', 'schemas'])
      cpSync(join(CHECKOUT, part), join(folder, part), { recursive: true });
    symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  }

  object(name: string): string {
    return join(this.folder, `build/bpf/connections/${name}.bpf.o`);
  }

  get addon(): string {
    return join(this.folder, 'build/native/conntrail.node');
  }

  /** The groups that are attached and those that are not, or the code of the error. */
  async load(): Promise<{ on: string[]; off: Record<string, [code: string | null, reason: string]> } | string> {
    const kernel = (await import(join(this.folder, 'dist/kernel/load-features.js'))) as {
      loadFeatures: typeof loadFeatures;
    };
    const { CONNECTIONS: feature } = (await import(join(this.folder, 'dist/connections/feature.js'))) as {
      CONNECTIONS: typeof CONNECTIONS;
    };
    const options = feature.options.parse({});
    const wanted = { feature: feature as Feature, options, live: await (feature as Feature).live(), essential: true };
    try {
      const loaded = kernel.loadFeatures([wanted], { cgroup: undefined });
      loaded.close();
      const { groups } = loaded;
      const off = groups.filter(({ attached }) => !attached).map(({ name, code, reason }) => [name, [code, reason]]);
      return { on: groups.filter(({ attached }) => attached).map(({ name }) => name), off: Object.fromEntries(off) };
    } catch (error) {
      return `${(error as { code?: string }).code}: ${(error as Error).message}`;
    }
  }

  run(...args: string[]) {
    const { status, signal, stdout, stderr } = spawnSync(join(this.folder, 'bin/conntrail'), args, {
      encoding: 'utf8',
    });
    return { status, signal, stdout, errors: stderr.trimEnd().split('\n') };
  }
}

/** Calls `body` while the file holds something else. */
async function replaced(path: string, bytes: Uint8Array, body: () => Promise<void>): Promise<void> {
  const whole = readFileSync(path);
  writeFileSync(path, bytes);
  try {
    await body();
  } finally {
    writeFileSync(path, whole);
  }
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
}

let folder: string;
let installation: Installation;
let release: () => void;

beforeAll(async () => {
  await new Promise<void>((ready) => {
    void inFolder(async (made) => {
      folder = made;
      installation = new Installation(folder);
      ready();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
  });
});

afterAll(() => release());

const NAMES = Object.keys(GROUP) as Name[];
/** Bits over the whole file, with steps of a prime, and all cuts from nothing to one byte less. */
const FLIPS = NAMES.flatMap((name) => [0.001, 0.211, 0.499, 0.787, 0.999].map((place) => [name, place] as const));
const CUTS = NAMES.flatMap((name) => [0, 0.5].map((rest) => [name, rest] as const));

function expectRefused(told: Awaited<ReturnType<Installation['load']>>, name: Name): void {
  const says = `build/bpf/connections/${name}.bpf.o is not what was built (its SHA-256 differs)`;
  if (name === 'tcp') {
    expect(told).toMatch(/^CONNTRAIL_ADDON_DAMAGED: /);
    expect(told).toContain(says);
    return;
  }
  const { on, off } = told as Exclude<typeof told, string>;
  expect(Object.keys(off)).toEqual([GROUP[name]]);
  expect(off[GROUP[name]]).toEqual(['CONNTRAIL_ADDON_DAMAGED', expect.stringContaining(says)]);
  expect(on).toEqual(['tcp', 'owner', 'udp', 'snapshot'].filter((group) => group !== GROUP[name]));
}

describe('a damaged object turns off its group, and no other', () => {
  test('nothing is damaged: everything is on', async (context) => {
    need(context, 'live', lacksLive());
    expect(await installation.load()).toEqual({ on: ['tcp', 'owner', 'udp', 'snapshot'], off: {} });
  });

  test.each(FLIPS)('%s with a bit flipped at %d of it', async (name, place) => {
    const path = installation.object(name);
    const whole = readFileSync(path);
    const at = Math.floor(whole.length * place);
    await replaced(path, flipped(whole, at, at % 8), async () => expectRefused(await installation.load(), name));
  });

  test.each(CUTS)('%s cut to %d of it', async (name, rest) => {
    const path = installation.object(name);
    const whole = readFileSync(path);
    await replaced(path, whole.subarray(0, Math.floor(whole.length * rest)), async () =>
      expectRefused(await installation.load(), name),
    );
  });

  test.each(NAMES)('%s in the place of another', async (name) => {
    const other = readFileSync(installation.object(name === 'io' ? 'exact' : 'io'));
    await replaced(installation.object(name), other, async () => expectRefused(await installation.load(), name));
  });
});

test('a missing object is told as missing, a FIFO and a directory in its place as damaged', async (context) => {
  need(context, 'live', lacksLive());
  const path = installation.object('io');
  renameSync(path, `${path}.away`);
  try {
    expect(await installation.load()).toMatchObject({
      off: { owner: ['CONNTRAIL_ADDON_MISSING', expect.any(String)] },
    });
    for (const make of ['mkfifo', 'mkdir']) {
      spawnSync(make, [path]);
      expect(await installation.load()).toMatchObject({
        off: { owner: ['CONNTRAIL_ADDON_DAMAGED', expect.stringContaining('is not a file')] },
      });
      rmSync(path, { recursive: true });
    }
  } finally {
    renameSync(`${path}.away`, path);
  }
});

test('what others may change is refused: a mode, an owner, the list of sums itself', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'root', process.geteuid?.() === 0 ? null : 'owners can be given by root only');
  for (const path of [installation.object('udp'), join(folder, 'build/bpf/SHA256SUMS')]) {
    const { mode, uid, gid } = statSync(path);
    for (const change of [0o020, 0o002]) {
      chmodSync(path, mode | change);
      expect(JSON.stringify(await installation.load())).toMatch(/CONNTRAIL_ADDON_DAMAGED.*may be changed by others/);
      chmodSync(path, mode);
    }
    chownSync(path, 65534, gid);
    expect(JSON.stringify(await installation.load())).toMatch(/CONNTRAIL_ADDON_DAMAGED.*belongs to another user/);
    chownSync(path, uid, gid);
  }
});

test('a user’s own checkout runs as root', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'root', process.geteuid?.() === 0 ? null : 'owners can be given by root only');
  const owner = (uid: number) => spawnSync('chown', ['-R', `${uid}`, join(folder, 'dist'), join(folder, 'build')]);
  owner(1000);
  expect(await installation.load()).toMatchObject({ off: {} });
  owner(0);
});

describe('the command', () => {
  test('goes on without the group, named with its code; doctor is degraded', async (context) => {
    need(context, 'live', lacksLive());
    const path = installation.object('udp');
    await replaced(path, flipped(readFileSync(path), 4711, 3), async () => {
      const { status, errors } = installation.run('observe', '-o', 'ndjson', '--for', '100ms');
      expect(status).toBe(0);
      expect(errors[0]).toMatch(
        /^conntrail: udp is off: build\/bpf\/connections\/udp\.bpf\.o is not what.*\[CONNTRAIL_ADDON_DAMAGED\]$/,
      );
      const doctor = installation.run('doctor', '-o', 'json');
      expect(doctor.status).toBe(5);
      expect(JSON.parse(doctor.stdout)).toMatchObject({
        verdict: 'degraded',
        problems: [expect.stringMatching(/udp\.bpf\.o/)],
      });
    });
  });

  test.each([0, 100, 4096, 300_000])(
    'an addon cut to %d bytes is an error, in every command that needs it',
    (bytes) => {
      // Another file: this process has the whole one mapped.
      renameSync(installation.addon, `${installation.addon}.whole`);
      writeFileSync(installation.addon, readFileSync(`${installation.addon}.whole`).subarray(0, bytes));
      for (const args of [
        ['observe', '--for', '1s'],
        ['record', '/nonexistent/a.ctr'],
      ]) {
        const { status, signal, stdout, errors } = installation.run(...args);
        expect([status, signal, stdout]).toEqual([1, null, '']);
        expect(errors).toEqual([
          expect.stringMatching(
            /^conntrail: build\/native\/conntrail\.node is not what was built.*\[CONNTRAIL_ADDON_DAMAGED\]$/,
          ),
        ]);
      }
      const doctor = installation.run('doctor', '-o', 'json');
      expect([doctor.status, doctor.signal]).toEqual([1, null]);
      expect(JSON.parse(doctor.stdout)).toMatchObject({ verdict: 'addon' });
      renameSync(`${installation.addon}.whole`, installation.addon);
    },
  );
});

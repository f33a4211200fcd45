import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './child.js';

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Where everything built for benchmarks lies. */
export const BUILD = `${ROOT}build/bench/`;

/** Paths of the compiled peers; null when the language's compiler is not here. */
export interface Peers {
  c: string | null;
  go: string | null;
  /** The live peer, which needs libbpf and clang beside cc. */
  live: { program: string; objects: string } | null;
  /** Why one is missing, and how to mend it. */
  missing: string[];
  versions: Readonly<Record<string, string>>;
}

/** Compiles both peers, without asking for anything that is not here. */
export async function buildPeers(): Promise<Peers> {
  mkdirSync(BUILD, { recursive: true });
  const missing: string[] = [];
  const versions: Record<string, string> = {};
  const attempt = async (name: string, build: () => Promise<string>, version: () => Promise<string>) => {
    try {
      versions[name] = (await version()).split('\n')[0]!;
    } catch {
      missing.push(`${name}: not found; install it (Debian: ${name === 'cc' ? 'gcc zlib1g-dev' : 'golang'})`);
      return null;
    }
    return build();
  };
  const c = await attempt('cc', buildC, () => run({ file: 'cc', arguments: ['--version'] }));
  const go = await attempt('go', buildGo, () => run({ file: 'go', arguments: ['version'] }));
  return { c, go, live: null, missing, versions };
}

async function buildC(): Promise<string> {
  const folder = `${ROOT}benchmarks/peers/c/`;
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => folder + name);
  const flags = ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-pthread', `-I${ROOT}bpf/include`];
  const target = `${BUILD}peer-c`;
  await run({ file: 'cc', arguments: [...flags, ...sources, '-lz', '-o', target] });
  return target;
}

async function buildGo(): Promise<string> {
  const target = `${BUILD}peer-go`;
  const folder = `${ROOT}benchmarks/peers/go`;
  await run({ file: 'go', arguments: ['build', '-C', folder, '-o', target, './synthetic'] });
  return target;
}

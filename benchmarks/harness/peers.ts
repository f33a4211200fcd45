import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
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

/** Where Debian has each compiler. */
const PACKAGES: Record<string, string> = { cc: 'gcc and zlib1g-dev', go: 'golang', clang: 'clang' };

/** Compiles the peers, without asking for anything that is not here. */
export async function buildPeers(): Promise<Peers> {
  mkdirSync(BUILD, { recursive: true });
  const missing: string[] = [];
  const versions: Record<string, string> = {};
  const attempt = async <T>(
    name: string,
    build: () => Promise<T>,
    version: () => Promise<string>,
  ): Promise<T | null> => {
    try {
      versions[name] = (await version()).split('\n')[0]!;
    } catch {
      missing.push(`${name} is not here; install ${PACKAGES[name]} (Debian)`);
      return null;
    }
    return build();
  };
  const c = await attempt('cc', buildC, () => run({ file: 'cc', arguments: ['--version'] }));
  const go = await attempt('go', buildGo, () => run({ file: 'go', arguments: ['version'] }));
  const live =
    c === null ? null : await attempt('clang', buildLive, () => run({ file: 'clang', arguments: ['--version'] }));
  return { c, go, live, missing, versions };
}

const C_PEER = `${ROOT}benchmarks/peers/c/`;
const C_FLAGS = [
  '-O2',
  '-std=gnu11',
  '-D_GNU_SOURCE',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-pthread',
  `-I${ROOT}bpf/include`,
];

async function buildC(): Promise<string> {
  const sources = readdirSync(C_PEER).filter((name) => name.endsWith('.c'));
  const target = `${BUILD}peer-c`;
  const files = sources.map((name) => C_PEER + name);
  await run({ file: 'cc', arguments: [...C_FLAGS, ...files, '-lz', '-o', target] });
  return target;
}

/** The live peer: libbpf as conntrail's own build made it, and a BPF object of its own. */
async function buildLive(): Promise<Peers['live']> {
  const vmlinux = `${ROOT}build/vmlinux/${release()}`;
  const library = `${ROOT}build/deps/lib/libbpf.a`;
  if (!existsSync(vmlinux) || !existsSync(library)) throw new Error('scripts/setup could not build libbpf; see build/log');
  const include = ['-isystem', `${ROOT}build/deps/include`];
  const objects = `${BUILD}peer.bpf.o`;
  const target = arch() === 'x64' ? 'x86' : arch();
  const bpf = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror', `-D__TARGET_ARCH_${target}`];
  const headers = [`-I${ROOT}bpf/include`, `-I${vmlinux}`, ...include];
  await run({ file: 'clang', arguments: [...bpf, ...headers, '-c', `${C_PEER}live/peer.bpf.c`, '-o', objects] });
  const program = `${BUILD}peer-live`;
  const shared = ['pipeline', 'table', 'dedup', 'avro', 'text', 'blocks'].map((name) => `${C_PEER}${name}.c`);
  const link = readFileSync(`${ROOT}build/deps/elf.flags`, 'utf8').split('\n')[1]!.trim().split(/\s+/);
  const flags = [...C_FLAGS, `-I${C_PEER}`, ...include];
  const rest = [library, ...link.map((word) => (word.startsWith('build/') ? ROOT + word : word)), '-lz'];
  await run({ file: 'cc', arguments: [...flags, `${C_PEER}live/main.c`, ...shared, ...rest, '-o', program] });
  return { program, objects };
}

async function buildGo(): Promise<string> {
  const target = `${BUILD}peer-go`;
  const folder = `${ROOT}benchmarks/peers/go`;
  await run({ file: 'go', arguments: ['build', '-C', folder, '-o', target, './synthetic'] });
  return target;
}

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { run } from './child.js';

/** Root of the checkout. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Where everything built for benchmarks lies. */
export const BUILD = `${ROOT}build/bench/`;

/** Paths of the compiled peers; null when this machine cannot build one. */
export interface Peers {
  c: string | null;
  go: string | null;
  /** The peers that trace, and their BPF object. */
  live: { object: string | null; c: string | null; go: string | null; tcplife: boolean };
  /** Why one is missing, and how to mend it. */
  missing: string[];
  versions: Readonly<Record<string, string>>;
}

/** Where Debian has each compiler. */
const PACKAGES: Record<string, string> = { cc: 'gcc and zlib1g-dev', go: 'golang', clang: 'clang' };
const VERSION_FLAG: Record<string, string> = { cc: '--version', go: 'version', clang: '--version' };

/** Compiles the peers, without asking for anything that is not here. */
export async function buildPeers(): Promise<Peers> {
  mkdirSync(BUILD, { recursive: true });
  const missing: string[] = [];
  const versions: Record<string, string> = {};
  for (const name of ['cc', 'go', 'clang']) {
    try {
      versions[name] = (await run({ file: name, arguments: [VERSION_FLAG[name]!] })).split('\n')[0]!;
    } catch {
      missing.push(`${name} is not here; install ${PACKAGES[name]} (Debian)`);
    }
  }
  const c = versions.cc === undefined ? null : await buildC();
  const go = versions.go === undefined ? null : await buildGo();
  const live: Peers['live'] = { object: null, c: null, go: null, tcplife: await isHere('tcplife') };
  if (!existsSync(VMLINUX) || !existsSync(LIBBPF)) missing.push('scripts/setup did not build libbpf and vmlinux.h');
  else if (versions.clang !== undefined) {
    live.object = await buildObject();
    if (c !== null) live.c = await buildLive();
    if (go !== null) {
      live.go = await buildGoLive().catch((error: Error) => {
        missing.push(`the live peer in Go could not be built: ${error.message.trim().split('\n').at(-1)}`);
        return null;
      });
    }
  }
  return { c, go, live, missing, versions };
}

const isHere = (name: string): Promise<boolean> =>
  run({ file: name, arguments: ['--version'] }).then(
    () => true,
    () => false,
  );

const VMLINUX = `${ROOT}build/vmlinux/${release()}`;
const LIBBPF = `${ROOT}build/deps/lib/libbpf.a`;
const DEPS = ['-isystem', `${ROOT}build/deps/include`];
const C_PEER = `${ROOT}benchmarks/peers/c/`;
const GO_PEER = `${ROOT}benchmarks/peers/go`;
const WARNINGS = ['-Wall', '-Wextra', '-Werror'];
const C_FLAGS = [
  '-O2',
  '-std=gnu11',
  '-D_GNU_SOURCE',
  ...WARNINGS,
  '-pthread',
  `-I${ROOT}bpf/include`,
  `-I${ROOT}bpf/connections`,
];

async function buildC(): Promise<string> {
  const sources = readdirSync(C_PEER).filter((name) => name.endsWith('.c'));
  const target = `${BUILD}peer-c`;
  const files = sources.map((name) => C_PEER + name);
  await run({ file: 'cc', arguments: [...C_FLAGS, ...files, '-lz', '-o', target] });
  return target;
}

/** The BPF object of both live peers. */
async function buildObject(): Promise<string> {
  const target = `${BUILD}peer.bpf.o`;
  const cpu = arch() === 'x64' ? 'x86' : arch();
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror', `-D__TARGET_ARCH_${cpu}`];
  const headers = [`-I${ROOT}bpf/include`, `-I${ROOT}bpf/connections`, `-I${VMLINUX}`, ...DEPS];
  await run({ file: 'clang', arguments: [...flags, ...headers, '-c', `${C_PEER}live/peer.bpf.c`, '-o', target] });
  return target;
}

/** With libbpf as conntrail's own build made it. */
async function buildLive(): Promise<string> {
  const target = `${BUILD}peer-live`;
  const shared = ['pipeline', 'table', 'dedup', 'avro', 'text', 'blocks'].map((name) => `${C_PEER}${name}.c`);
  const link = readFileSync(`${ROOT}build/deps/elf.flags`, 'utf8').split('\n')[1]!.trim().split(/\s+/);
  const elf = link.map((word) => (word.startsWith('build/') ? ROOT + word : word));
  const sources = [`${C_PEER}live/main.c`, ...shared, LIBBPF, ...elf, '-lz'];
  await run({ file: 'cc', arguments: [...C_FLAGS, `-I${C_PEER}`, ...DEPS, ...sources, '-o', target] });
  return target;
}

async function buildGo(): Promise<string> {
  const target = `${BUILD}peer-go`;
  await run({ file: 'go', arguments: ['build', '-o', target, './synthetic'], cwd: GO_PEER });
  return target;
}

async function buildGoLive(): Promise<string> {
  const target = `${BUILD}peer-go-live`;
  await run({ file: 'go', arguments: ['build', '-o', target, '.'], cwd: `${GO_PEER}/live` });
  return target;
}

import { mkdirSync } from 'node:fs';
import { run } from '../harness/child.js';

/** Paths of the compiled kernels; undefined where this machine cannot build one. */
export interface Kernels {
  wasm?: string;
  addon?: string;
  /** Why one is missing, and how to mend it. */
  missing: string[];
}

const PEER = 'benchmarks/peers/c';
const PROTOTYPES = 'benchmarks/prototypes';
const SOURCES = [`${PROTOTYPES}/c/kernel.c`, ...['table', 'avro', 'text'].map((name) => `${PEER}/${name}.c`)];
const COMMON = [
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  `-I${PEER}`,
  `-I${PROTOTYPES}/c`,
  '-Ibpf/include',
  '-Ibpf/connections',
];
const C = [...COMMON, '-std=gnu11', '-D_GNU_SOURCE'];

/**
 * Compiles the kernel both ways.
 * @param root of the checkout
 * @param target folder for what is built
 */
export async function buildKernels(root: string, target: string): Promise<Kernels> {
  mkdirSync(target, { recursive: true });
  const kernels: Kernels = { missing: [] };
  const compile = (file: string, ...parts: readonly string[]) => run({ file, arguments: parts, cwd: root });
  const lacking = await firstMissing([
    ['clang', 'clang'],
    ['wasm-ld', 'lld'],
  ]);
  if (lacking) kernels.missing.push(`${lacking} for the kernel in WebAssembly`);
  else {
    kernels.wasm = `${target}/kernel.wasm`;
    const own = ['exports', 'libc'].map((name) => `${PROTOTYPES}/wasm/${name}.c`);
    const flags = ['--target=wasm32', '-nostdlib', '-nostdlibinc', '-isystem', `${PROTOTYPES}/wasm/include`];
    await compile('clang', ...C, ...flags, '-Wl,--no-entry', ...own, ...SOURCES, '-o', kernels.wasm);
  }
  const compilers = await firstMissing([
    ['cc', 'gcc'],
    ['c++', 'g++'],
  ]);
  if (compilers) kernels.missing.push(`${compilers} for the kernel in the addon`);
  else {
    kernels.addon = `${target}/kernel.node`;
    const object = `${target}/kernel.o`;
    await compile('cc', ...C, '-fPIC', '-fvisibility=hidden', '-r', '-nostdlib', ...SOURCES, '-o', object);
    const headers = ['node-addon-api', 'node-api-headers/include'].flatMap((name) => [
      '-isystem',
      `node_modules/${name}`,
    ]);
    const defines = ['-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=kernel'];
    const flags = ['-std=c++20', '-fPIC', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti', '-shared'];
    const addon = `${PROTOTYPES}/addon/addon.cc`;
    await compile('c++', ...COMMON, ...defines, ...headers, ...flags, addon, object, '-o', kernels.addon);
  }
  return kernels;
}

/** What the first of these commands that is not here takes; undefined when all are. */
async function firstMissing(
  commands: readonly (readonly [name: string, debian: string])[],
): Promise<string | undefined> {
  for (const [file, debian] of commands) {
    try {
      await run({ file, arguments: ['--version'] });
    } catch {
      return `${file} is not here; install ${debian} (Debian)`;
    }
  }
  return undefined;
}

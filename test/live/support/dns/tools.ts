/** The resolvers and askers of the DNS tests: of this host, or unpacked below build/tools/dns (test/live/dns/install). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CHECKOUT } from '../checkout.js';

const TOOLS = `${CHECKOUT}build/tools/dns`;
const ROOT = `${TOOLS}/root`;
/** Commands that are not on anybody's path. */
const PLACES = ['usr/bin', 'usr/sbin', 'lib/systemd', 'usr/lib/systemd'].map((place) => join(ROOT, place));
const HOST_PLACES = ['/usr/sbin', '/sbin', '/lib/systemd', '/usr/local/go/bin'];

/** Fetches what is missing; quick when nothing is. */
export function installTools(): void {
  execFileSync(`${CHECKOUT}test/live/dns/install`, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function libraries(): string[] {
  const folders = ['lib', 'usr/lib'].map((folder) => join(ROOT, folder)).filter(existsSync);
  const multiarch = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(folder, name)),
  );
  return [...multiarch, ...multiarch.map((folder) => join(folder, 'systemd'))];
}

/** The environment in which they run. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [...PLACES, process.env.PATH ?? '', ...HOST_PLACES].join(delimiter),
    LD_LIBRARY_PATH: libraries().join(delimiter),
    WIRESHARK_DATA_DIR: existsSync(`${ROOT}/usr/share/wireshark`) ? `${ROOT}/usr/share/wireshark` : undefined,
    LC_ALL: 'C',
  };
}

/** Where a command is; null: nowhere. */
export function findTool(name: string): string | null {
  const path = toolEnvironment().PATH!.split(delimiter);
  return path.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

/** null when the command can run, else why not, in half a sentence. */
export function lacksTool(name: string): string | null {
  if (findTool(name) !== null) return null;
  const line = readFileSync(`${TOOLS}/lacking`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}\t`));
  return `${name} is not installed: ${line?.split('\t')[1] ?? 'no package had it'}`;
}

/** The unpacked files, for what needs more of a package than its command. */
export const TOOL_ROOT = ROOT;

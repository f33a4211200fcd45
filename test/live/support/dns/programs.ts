/** The askers and servers of test/live/dns, compiled. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { CHECKOUT } from '../checkout.js';
import { findTool, lacksTool, TOOL_ROOT, toolEnvironment } from './tools.js';

const OUT = `${CHECKOUT}build/test/dns`;

export const PROGRAMS = {
  ask: `${OUT}/ask`,
  slow: `${OUT}/slow`,
  flood: `${OUT}/flood`,
  glibc: `${OUT}/lookup-glibc`,
  musl: `${OUT}/lookup-musl`,
  go: `${OUT}/lookup-go`,
  /** For node. */
  cares: `${CHECKOUT}test/live/dns/lookup.mjs`,
} as const;

function make(...args: string[]): void {
  execFileSync('make', ['-s', '-C', `${CHECKOUT}test/live/dns`, ...args], {
    env: toolEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Compiles what the host's own compiler can; quick when nothing has changed. */
export function buildPrograms(): void {
  make();
}

/** Compiles the asker that has musl's resolver; gives why not, else null. */
export function buildMusl(): string | null {
  const lack = lacksTool('musl-gcc');
  if (lack !== null) return lack;
  const unpacked =
    existsSync(`${TOOL_ROOT}/usr/lib`) && readdirSync(`${TOOL_ROOT}/usr/lib`).some((name) => /-linux-musl$/.test(name));
  make('musl', `MUSL=${unpacked ? TOOL_ROOT : ''}`);
  return null;
}

/** Compiles the asker that has Go's resolver; gives why not, else null. */
export function buildGo(): string | null {
  const lack = lacksTool('go');
  if (lack !== null) return lack;
  make('go', ...(findTool('go')!.startsWith(TOOL_ROOT) ? [`GOROOT=${TOOL_ROOT}/usr/lib/go`] : []));
  return null;
}

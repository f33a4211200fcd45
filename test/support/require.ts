/**
 * What a test needs of its machine. Where it is missing, the test is skipped and says why; where CONNTRAIL_REQUIRE (a comma list) names
 * the need, the test fails instead: a machine that is known to have it must prove it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'vitest';

/** CAP_SYS_ADMIN, which loading tracing programs takes on every kernel supported. */
const SYS_ADMIN = 21n;

const required = new Set((process.env.CONNTRAIL_REQUIRE ?? '').split(',').map((need) => need.trim()));

/** Whether this machine is known to have it. */
export const isRequired = (name: string): boolean => required.has(name);

/** Skips the running test with `skipped, because …` when `lack` says what is missing; null = nothing. */
export function need(context: TestContext, name: string, lack: string | null): void {
  if (lack === null) return;
  if (isRequired(name)) throw new Error(`CONNTRAIL_REQUIRE names ${name}, but ${lack}`);
  console.log(`skipped, because ${lack}: ${context.task.name}`);
  context.skip(`skipped, because ${lack}`);
}

/** What live tracing lacks here, in half a sentence; null = nothing. */
export function lacksLive(): string | null {
  if (process.platform !== 'linux') return 'live tracing is for Linux';
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if (((BigInt(`0x${capabilities}`) >> SYS_ADMIN) & 1n) === 0n) return 'eBPF needs privilege (run as root)';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'this kernel has no BTF';
  return null;
}

/** null when `command` is on the path or among the administrator's commands, else what is missing. */
export function lacksCommand(command: string): string | null {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${command}`], { stdio: 'ignore' });
    return null;
  } catch {
    return `the command ${command} is not installed`;
  }
}

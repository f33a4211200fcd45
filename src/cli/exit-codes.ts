import type { ErrorCode } from '../errors.js';

/** What a command's exit status says; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  privilege: 3,
  kernel: 4,
  degraded: 5,
  loss: 6,
  verification: 7,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  CONNTRAIL_OPTION: EXIT.usage,
  // `decode` was asked what a file holds, and this is the answer.
  CONNTRAIL_DNS_MESSAGE: EXIT.ok,
  CONNTRAIL_PRIVILEGE: EXIT.privilege,
  CONNTRAIL_PLATFORM: EXIT.kernel,
  CONNTRAIL_NO_BTF: EXIT.kernel,
  CONNTRAIL_KERNEL: EXIT.kernel,
  CONNTRAIL_FEATURE: EXIT.degraded,
  CONNTRAIL_LOSS: EXIT.loss,
  CONNTRAIL_VERIFICATION: EXIT.verification,
};

/** The exit status an error of this code ends a command with. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return BY_ERROR[code] ?? EXIT.failure;
}

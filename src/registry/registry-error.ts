import { ConntrailError, type ErrorCode } from '../errors.js';

/** What went wrong between us and a schema registry; all are codes of ConntrailError. */
export type RegistryErrorCode = Extract<ErrorCode, `CONNTRAIL_REGISTRY_${string}`>;

/** Worth another try: the registry may come back, or have room later. */
const PASSING: readonly RegistryErrorCode[] = ['CONNTRAIL_REGISTRY_UNREACHABLE', 'CONNTRAIL_REGISTRY_FAILING'];

/** Most of what a registry says that goes into a message. */
const MAX_QUOTED = 300;

/** A ConntrailError of the registry's, with what it takes to decide on another try. */
export class RegistryError extends ConntrailError {
  constructor(
    override readonly code: RegistryErrorCode,
    message: string,
    options?: ErrorOptions,
    /** How long the registry asked us to wait, ms. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(code, message, options);
  }

  get passing(): boolean {
    return PASSING.includes(this.code);
  }
}

/** What a registry says, as one short line, with none of `secrets` in it: a registry may quote the request that it refuses. */
export function quoted(text: string, secrets: readonly string[]): string {
  let line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  for (const secret of secrets) line = line.replaceAll(secret, '***');
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line;
}

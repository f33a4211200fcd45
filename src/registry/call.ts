import * as http from 'node:http';
import * as https from 'node:https';
import { quoted, RegistryError } from './registry-error.js';
import type { RegistryTarget } from './registry-options.js';

/** Most bytes of an answer; a list of all subjects of a large fleet has a few hundred KiB. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Relative to the base URL, its parts encoded. */
  readonly path: string;
  readonly body?: object;
}

/**
 * One try of one call: the JSON that the registry answered with. Redirects are not followed: credentials are for the host that was named.
 *
 * @throws RegistryError
 */
export async function callOnce(target: RegistryTarget, call: Call, signal?: AbortSignal): Promise<unknown> {
  const authorization = await target.authorization();
  const secrets = authorization?.secrets ?? [];
  const limit = AbortSignal.timeout(target.timeoutMs);
  const until = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const { status, headers, bytes } = await exchange(target, call, authorization?.header, until).catch(
    (cause: unknown) => {
      if (cause instanceof RegistryError) throw cause;
      if (signal?.aborted === true) throw signal.reason;
      throw limit.aborted
        ? unreachable(target, `no whole answer within ${target.timeoutMs} ms`, cause)
        : failed(target, cause);
    },
  );
  const answer = parsed(bytes);
  if (status >= 200 && status < 300) {
    if (answer === undefined)
      throw strange(target, 'its answer is not JSON; does the URL name the base of the Confluent API?');
    return answer;
  }
  throw refused(target, call, {
    status,
    code: codeOf(answer),
    detail: said(answer, secrets),
    retryAfter: Number(headers['retry-after']),
  });
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  bytes: Buffer;
}

function exchange(
  target: RegistryTarget,
  call: Call,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const { base, ca } = target;
  const encrypted = base.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const request = (encrypted ? https : http).request(new URL(call.path, base), {
      method: call.method,
      signal,
      // Calls are few and far between: a connection each, so that none is found half-open.
      agent: false,
      headers: {
        accept: `${MEDIA_TYPE}, application/json`,
        ...(body === undefined ? {} : { 'content-type': MEDIA_TYPE, 'content-length': body.length }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(encrypted ? { ca, minVersion: 'TLSv1.2' as const, rejectUnauthorized: true } : {}),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= MAX_ANSWER_BYTES) chunks.push(chunk);
        else {
          reject(strange(target, `its answer is longer than ${MAX_ANSWER_BYTES} bytes`));
          request.destroy();
        }
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    request.end(body);
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Confluent's own number of what is wrong, which begins with the status; 0: it told none. */
function codeOf(answer: unknown): number {
  const code = (answer as { error_code?: unknown } | null | undefined)?.error_code;
  return typeof code === 'number' ? code : 0;
}

/** `(40401: Subject not found)`, or as much of it as there is. */
function said(answer: unknown, secrets: readonly string[]): string {
  if (typeof answer !== 'object' || answer === null) return '';
  const { message } = answer as { message?: unknown };
  const parts = [
    codeOf(answer) === 0 ? '' : String(codeOf(answer)),
    typeof message === 'string' ? quoted(message, secrets) : '',
  ];
  const text = parts.filter(Boolean).join(': ');
  return text === '' ? '' : ` (${text})`;
}

interface Refusal {
  status: number;
  code: number;
  detail: string;
  retryAfter: number;
}

function refused(
  target: RegistryTarget,
  { method, path }: Call,
  { status, code, detail, retryAfter }: Refusal,
): RegistryError {
  const what = `${method} ${path}`;
  const where = target.base.host;
  if (status === 401 || status === 403)
    return new RegistryError(
      'CONNTRAIL_REGISTRY_CREDENTIALS',
      `the schema registry at ${where} does not let us ${what}: status ${status}; check the credentials${detail}`,
    );
  // A 404 without a number is some other server's, or of another path than the API's.
  if (status === 404 && String(code).startsWith('404'))
    return new RegistryError(
      'CONNTRAIL_REGISTRY_NOT_FOUND',
      `the schema registry at ${where} does not have ${path}${detail}`,
    );
  if (status === 409)
    return new RegistryError(
      'CONNTRAIL_REGISTRY_INCOMPATIBLE',
      `the schema registry at ${where} refuses a schema as incompatible with earlier versions; register it under another subject, or remove what is not ours from this one${detail}`,
    );
  if (status === 422)
    return new RegistryError(
      'CONNTRAIL_REGISTRY_SCHEMA',
      `the schema registry at ${where} takes what was sent for invalid${detail}`,
    );
  if (status >= 500 || status === 429 || status === 408) {
    const wait = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter * 1000 : null;
    return new RegistryError(
      'CONNTRAIL_REGISTRY_FAILING',
      `the schema registry at ${where} fails with status ${status}; look at its log${detail}`,
      {},
      wait,
    );
  }
  return strange(
    target,
    `it answered ${what} with status ${status}; does the URL name the base of the Confluent API?${detail}`,
  );
}

const strange = ({ base }: RegistryTarget, why: string) =>
  new RegistryError('CONNTRAIL_REGISTRY_ANSWER', `${base.host} does not speak as a schema registry: ${why}`);

const unreachable = ({ base }: RegistryTarget, why: string, cause: unknown) =>
  new RegistryError('CONNTRAIL_REGISTRY_UNREACHABLE', `the schema registry at ${base.host} cannot be reached: ${why}`, {
    cause,
  });

/** Codes of OpenSSL and of Node's own checks of a certificate, and of a peer that does not speak TLS. */
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_MISMATCH|EPROTO$)/;

function failed(target: RegistryTarget, cause: unknown): RegistryError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (code.startsWith('HPE_')) return strange(target, `it does not speak HTTP (${code})`);
  return TLS.test(code)
    ? new RegistryError(
        'CONNTRAIL_REGISTRY_TLS',
        `the schema registry at ${target.base.host} is not trusted: ${quoted(message, [])}; check the caFile and the host's name`,
        { cause },
      )
    : unreachable(target, code || message, cause);
}

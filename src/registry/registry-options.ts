import { readFile } from 'node:fs/promises';
import { ConntrailError } from '../errors.js';
import { readSecret } from '../files/secret-file.js';

/** Where a schema registry is and how it is spoken to. Secrets come from files (mode 0600, this user's or root's), never from here. */
export interface RegistryOptions {
  /** Base URL of the Confluent API, such as `https://registry.example/apis/ccompat/v7`; http or https, without user, query or fragment. */
  readonly url: string;
  /** File that holds `user:password`. */
  readonly basicAuthFile?: string;
  /** File that holds a bearer token. */
  readonly bearerFile?: string;
  /** File of CA certificates (PEM), in place of those that Node knows. */
  readonly caFile?: string;
  /** Send credentials over http, too. Off by default: everybody on the way can read them. */
  readonly plaintextCredentials?: boolean;
  /** Most time for one try of one call, ms, from connecting to the last byte. Default 10 000. */
  readonly timeoutMs?: number;
  /** Most tries of one call. Default 5. */
  readonly attempts?: number;
}

/** Options that were checked. */
export interface RegistryTarget {
  readonly base: URL;
  readonly ca: Buffer | undefined;
  readonly timeoutMs: number;
  readonly attempts: number;
  /** Reads the file anew, so that a rotated secret is taken up; null: none is sent. */
  readonly authorization: () => Promise<{ header: string; secrets: readonly string[] } | null>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_ATTEMPTS = 5;

/** @throws ConntrailError CONNTRAIL_OPTION, and CONNTRAIL_IO for a CA file that cannot be read */
export async function registryTarget(options: RegistryOptions): Promise<RegistryTarget> {
  const { basicAuthFile, bearerFile, caFile, timeoutMs = DEFAULT_TIMEOUT_MS, attempts = DEFAULT_ATTEMPTS } = options;
  const base = baseUrl(options.url);
  const encrypted = base.protocol === 'https:';
  if (basicAuthFile !== undefined && bearerFile !== undefined)
    throw option('name either a basicAuthFile or a bearerFile of the schema registry, not both');
  if ((basicAuthFile ?? bearerFile) !== undefined && !encrypted && options.plaintextCredentials !== true)
    throw option('credentials of the schema registry would be sent over http; use https, or set plaintextCredentials');
  if (caFile !== undefined && !encrypted) throw option('a caFile is for a schema registry with https');
  if (!(timeoutMs > 0 && timeoutMs <= 600_000)) throw option('timeoutMs of the schema registry is from 1 to 600000');
  if (!(Number.isInteger(attempts) && attempts >= 1 && attempts <= 20))
    throw option('attempts of the schema registry are from 1 to 20');
  return {
    base,
    ca: caFile === undefined ? undefined : await certificates(caFile),
    timeoutMs,
    attempts,
    authorization,
  };

  async function authorization() {
    if (basicAuthFile !== undefined) {
      const pair = await readSecret(basicAuthFile);
      if (!pair.includes(':')) throw option(`${basicAuthFile} does not hold user:password`);
      const encoded = Buffer.from(pair).toString('base64');
      return {
        header: `Basic ${encoded}`,
        secrets: [encoded, pair, pair.slice(pair.indexOf(':') + 1)].filter(Boolean),
      };
    }
    if (bearerFile === undefined) return null;
    const token = await readSecret(bearerFile);
    return { header: `Bearer ${token}`, secrets: [token] };
  }
}

function baseUrl(text: string): URL {
  // The text itself stays out of what is said: it may hold a password.
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw option('the URL of the schema registry is not one of http or https');
  if (url.username !== '' || url.password !== '')
    throw option(
      'the URL of the schema registry holds credentials; put them into a file, and name it as basicAuthFile',
    );
  if (url.search !== '' || url.hash !== '')
    throw option('the URL of the schema registry ends with its path, without ? and #');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function certificates(path: string): Promise<Buffer> {
  const pem = await readFile(path).catch((cause: Error) => {
    throw new ConntrailError('CONNTRAIL_IO', `the CA certificates in ${path} cannot be read: ${cause.message}`, {
      cause,
    });
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw option(`${path} holds no certificate in PEM form`);
  return pem;
}

const option = (message: string) => new ConntrailError('CONNTRAIL_OPTION', message);

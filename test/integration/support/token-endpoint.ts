/** Where a client gets a token for its id and secret (OAuth 2, client credentials), with TLS. */
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Kafka } from './kafka.js';

export interface TokenEndpoint {
  readonly url: string;
  /** What was asked for, each time, and the status it was answered with. */
  readonly asked: readonly { readonly form: string; readonly status: number }[];
}

/** @param seconds how long a token holds */
export async function tokenEndpoint(
  { certificate, key, tokenKey }: Kafka,
  { clientId, secret, seconds }: { clientId: string; secret: string; seconds: number },
): Promise<TokenEndpoint> {
  const asked: { form: string; status: number }[] = [];
  const wanted = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
  const server = https.createServer(tls, async (request, response) => {
    let form = '';
    for await (const chunk of request) form += String(chunk);
    const known = request.headers.authorization === wanted;
    asked.push({ form, status: known ? 200 : 401 });
    const answer = known
      ? { access_token: token(tokenKey, clientId, seconds), token_type: 'Bearer', expires_in: seconds }
      : { error: 'invalid_client' };
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/token`, asked };
}

/** A token as the brokers of scripts/kafka take it. */
function token(keyFile: string, sub: string, seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'RS256', typ: 'JWT', kid: 'test' });
  const body = part({ iss: 'https://localhost/', aud: 'kafka', sub, iat: now, exp: now + seconds });
  const signature = sign('RSA-SHA256', Buffer.from(`${head}.${body}`), createPrivateKey(readFileSync(keyFile)));
  return `${head}.${body}.${signature.toString('base64url')}`;
}

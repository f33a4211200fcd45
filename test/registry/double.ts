/** A schema registry in this process: what Confluent's API does, and whatever a test wants one to answer in its place. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import avro, { type Schema } from 'avsc';
import { onTestFinished } from 'vitest';

interface Subject {
  level: string | null;
  schemas: string[];
}

export interface Seen {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: { schema?: string; compatibility?: string };
}

/** Answers in place of the registry when it returns true. */
export type Interference = (seen: Seen, response: http.ServerResponse) => boolean;

export class RegistryDouble {
  readonly seen: Seen[] = [];
  interfere: Interference = () => false;
  #ids: string[] = [];
  #subjects = new Map<string, Subject>();
  #default = 'BACKWARD';

  private constructor(readonly url: string) {}

  /** Closed when the test ends. */
  static async open(tls?: https.ServerOptions): Promise<RegistryDouble> {
    let double: RegistryDouble | null = null;
    const listener: http.RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => double!.#answer(request, Buffer.concat(chunks), response));
    };
    const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const scheme = tls === undefined ? 'http' : 'https';
    double = new RegistryDouble(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/api`);
    return double;
  }

  /** As after a restart without storage. */
  wipe(): void {
    this.#ids = [];
    this.#subjects.clear();
  }

  #answer(request: http.IncomingMessage, bytes: Buffer, response: http.ServerResponse): void {
    const body = bytes.length === 0 ? {} : JSON.parse(bytes.toString());
    const seen = { method: request.method!, path: request.url!, headers: request.headers, body };
    this.seen.push(seen);
    if (this.interfere(seen, response)) return;
    const [status, answer] = this.#respond(`${seen.method} ${seen.path.replace('/api', '')}`, body);
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
    response.end(JSON.stringify(answer));
  }

  #respond(call: string, body: Seen['body']): [number, unknown] {
    const [, id] = /^GET \/schemas\/ids\/(\d+)$/.exec(call) ?? [];
    if (id !== undefined) {
      const schema = this.#ids[Number(id) - 1];
      return schema === undefined ? error(40403, 'Schema not found') : [200, { schema }];
    }
    const [, configured] = /^(?:GET|PUT) \/config(?:\/(.+))?$/.exec(call) ?? [call];
    if (/ \/config/.test(call))
      return this.#config(configured, call.startsWith('PUT') ? body.compatibility : undefined);
    const [, compatibility, name, rest] = / (\/compatibility)?\/subjects\/([^/]+)(.*)$/.exec(call) ?? [];
    if (name === undefined) return [404, { message: 'HTTP 404 Not Found' }];
    const subject = this.#subjects.get(decodeURIComponent(name));
    if (compatibility !== undefined) return [200, { is_compatible: this.#fits(subject, body.schema!) }];
    if (call.startsWith('POST') && rest === '/versions') return this.#register(decodeURIComponent(name), body.schema!);
    if (subject === undefined || subject.schemas.length === 0) return error(40401, 'Subject not found');
    if (rest === '/versions') return [200, subject.schemas.map((_, i) => i + 1)];
    const [, wanted] = /^\/versions\/(.*)$/.exec(rest!) ?? [];
    const version =
      wanted === undefined
        ? subject.schemas.indexOf(canonical(body.schema!)) + 1
        : wanted === 'latest'
          ? subject.schemas.length
          : Number(wanted);
    const schema = subject.schemas[version - 1];
    if (schema === undefined) return error(wanted === undefined ? 40403 : 40402, 'not found');
    return [200, { subject: decodeURIComponent(name), version, id: this.#ids.indexOf(schema) + 1, schema }];
  }

  #config(name: string | undefined, level: string | undefined): [number, unknown] {
    if (name === undefined) {
      this.#default = level ?? this.#default;
      return [200, level === undefined ? { compatibilityLevel: this.#default } : { compatibility: level }];
    }
    const subject = this.#subjects.get(name) ?? { level: null, schemas: [] };
    if (level === undefined && subject.level === null) return error(40408, 'no level of its own');
    subject.level = level ?? subject.level;
    this.#subjects.set(name, subject);
    return [200, level === undefined ? { compatibilityLevel: subject.level } : { compatibility: level }];
  }

  #register(name: string, text: string): [number, unknown] {
    try {
      avro.Type.forSchema(JSON.parse(text));
    } catch (cause) {
      return error(42201, `Invalid schema: ${(cause as Error).message}`);
    }
    const subject = this.#subjects.get(name) ?? { level: null, schemas: [] };
    if (!this.#fits(subject, text))
      return [409, { error_code: 409, message: 'Schema being registered is incompatible' }];
    this.#subjects.set(name, subject);
    const schema = canonical(text);
    if (!this.#ids.includes(schema)) this.#ids.push(schema);
    if (!subject.schemas.includes(schema)) subject.schemas.push(schema);
    return [200, { id: this.#ids.indexOf(schema) + 1 }];
  }

  #fits(subject: Subject | undefined, text: string): boolean {
    const level = subject?.level ?? this.#default;
    const earlier = subject?.schemas ?? [];
    const against = level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1);
    const reads = (reader: string, writer: string) => {
      const type = (schema: string) => avro.Type.forSchema(JSON.parse(schema) as Schema);
      try {
        type(reader).createResolver(type(writer));
        return true;
      } catch {
        return false;
      }
    };
    return against.every(
      (old) => (!/^(BACK|FULL)/.test(level) || reads(text, old)) && (!/^(FOR|FULL)/.test(level) || reads(old, text)),
    );
  }
}

const canonical = (text: string): string => JSON.stringify(JSON.parse(text));
const error = (code: number, message: string): [number, unknown] => [
  Math.trunc(code / 100),
  { error_code: code, message },
];

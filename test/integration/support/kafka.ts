import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { inject, type TestContext } from 'vitest';
import { need } from '../../support/require.js';

/** The broker and the registry that run for the suite (scripts/kafka). */
export interface Kafka {
  /** `host:port,host:port`, without credentials or TLS. */
  readonly brokers: string;
  /** By broker: where it listens for what comes through a proxy, and the port that it tells clients, on which the proxy is to listen. */
  readonly proxied: readonly { readonly host: string; readonly port: number; readonly advertised: number }[];
  /** Likewise, with TLS, and SCRAM-SHA-512, PLAIN or OAUTHBEARER. */
  readonly saslSsl: string;
  /** Likewise, with TLS, for clients with a certificate by `ca`. */
  readonly ssl: string;
  /** Files: the CA of the brokers' certificate, one that nothing here is by, that certificate and its key (localhost, 127.0.0.1). */
  readonly ca: string;
  readonly otherCa: string;
  readonly certificate: string;
  readonly key: string;
  /** A certificate and the key of a client, by `ca` and by `otherCa`; the password of the keys is in `passwordFile`. */
  readonly client: { readonly certificate: string; readonly key: string };
  readonly otherClient: { readonly certificate: string; readonly key: string };
  /** What signs tokens. */
  readonly tokenKey: string;
  /** Of SCRAM-SHA-512 and PLAIN. */
  readonly user: string;
  readonly passwordFile: string;
  /** Base URL of the registry's Confluent API. */
  readonly registry: string;
  /** Folder of the logs. */
  readonly logs: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    kafka: Kafka | { readonly lack: string };
    /** What the client lacks; null: it is there. */
    kafkaClient: string | null;
  }
}

/** What runs; the test is skipped, or fails where CONNTRAIL_REQUIRE names kafka, on a machine that cannot run it. */
export function needKafka(context: TestContext): Kafka {
  const kafka = inject('kafka');
  const lack = 'lack' in kafka ? kafka.lack : null;
  need(context, 'kafka', lack);
  return kafka as Kafka;
}

/** As `needKafka`, with the client that the sender takes. */
export function needSender(context: TestContext): Kafka {
  const kafka = needKafka(context);
  need(context, 'kafka', inject('kafkaClient'));
  return kafka;
}

export type Part = `broker-${number}` | 'registry';

/** Takes a part of it down (SIGTERM), kills it, brings it up again, or stops it in its tracks. Returns when that is so. */
export function part(command: 'down' | 'kill' | 'up' | 'freeze' | 'thaw', name: Part): void {
  execFileSync('scripts/kafka', [command, name], { stdio: 'pipe' });
}

/** As `part`, while others go on. */
export async function partMeanwhile(command: Parameters<typeof part>[0], name: Part): Promise<void> {
  await promisify(execFile)('scripts/kafka', [command, name]);
}

/** One of Kafka's own tools. */
export async function kafkaTool(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('scripts/kafka', ['tool', name, ...args]);
  return stdout;
}

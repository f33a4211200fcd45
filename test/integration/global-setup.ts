/** Starts the broker and the registry once for the whole suite, and stops them; on ports of their own, beside one that a developer runs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { isRequired, lacksCommand } from '../support/require.js';
import type { Kafka } from './support/kafka.js';

/** scripts/kafka's status where the machine cannot. */
const SKIPPED = 77;

export default function setup(project: TestProject): () => void {
  process.env.CONNTRAIL_KAFKA_PORT ??= '29390';
  const kafka = (...args: string[]) =>
    spawnSync('scripts/kafka', args, { cwd: project.config.root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const { status, stdout, stderr } = kafka('start', '--brokers', '2', '--sasl-ssl');
  if (status === SKIPPED) {
    project.provide('kafkaClient', null);
    project.provide('kafka', { lack: stdout.trim().replace(/^skipped, because /, '') });
    return () => {};
  }
  if (status !== 0) throw new Error(`scripts/kafka start ended with status ${status}:\n${stderr}`);
  project.provide('kafkaClient', lacksClient(project.config.root));
  installKcat(project.config.root);
  const values = new Map(stdout.split('\n').map((line) => line.split(/=(.*)/s) as [string, string]));
  const value = (name: string) => values.get(`KAFKA_${name}`)!;
  const provided: Kafka = {
    brokers: value('BROKERS'),
    proxied: value('PROXIED')
      .split(',')
      .map((each) => {
        const [host, listens, advertised] = each.split(/[:/]/);
        return { host: host!, port: Number(listens), advertised: Number(advertised) };
      }),
    saslSsl: value('SASL_SSL'),
    ssl: value('SSL'),
    ca: value('CA'),
    otherCa: value('OTHER_CA'),
    certificate: value('SERVER_CERTIFICATE'),
    key: value('SERVER_KEY'),
    client: { certificate: value('CLIENT_CERTIFICATE'), key: value('CLIENT_KEY') },
    otherClient: { certificate: value('OTHER_CLIENT_CERTIFICATE'), key: value('OTHER_CLIENT_KEY') },
    tokenKey: value('TOKEN_KEY'),
    user: value('USER'),
    passwordFile: value('PASSWORD_FILE'),
    registry: value('REGISTRY'),
    logs: value('LOGS'),
  };
  project.provide('kafka', provided);
  return () => {
    const stopped = kafka('stop');
    if (stopped.status !== 0)
      throw new Error(`scripts/kafka stop ended with status ${stopped.status}:\n${stopped.stderr}`);
  };
}

/** The independent reader of what arrived, where it is required and this may install it: from Debian, with no more than it needs. */
function installKcat(root: string): void {
  if (!isRequired('kcat') || lacksCommand('kcat') === null) return;
  spawnSync('bash', ['-c', '. scripts/packages.sh; install_packages kcat'], { cwd: root, stdio: 'ignore' });
}

/** Where Kafka is required, its client is as well: it is built then. */
function lacksClient(root: string): string | null {
  if (isRequired('kafka')) {
    const { status, stderr } = spawnSync('scripts/kafka-client', { cwd: root, encoding: 'utf8' });
    return status === 0 ? null : `the Kafka client cannot be built: ${stderr.trim().split('\n').at(-1)}`;
  }
  const there = existsSync(`${root}/node_modules/@confluentinc/kafka-javascript/package.json`);
  return there ? null : 'the Kafka client is not built (scripts/setup --kafka)';
}

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished, type TestContext } from 'vitest';
import { need } from '../../support/require.js';

/** librdkafka's mock cluster, in a process of its own (test/integration/mock); it ends with the test. */
export class KafkaMock {
  private constructor(
    /** `host:port,host:port` */
    readonly brokers: string,
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
  ) {}

  static async start(context: TestContext, brokers = 1): Promise<KafkaMock> {
    const built = spawnSync('test/integration/mock/install', { encoding: 'utf8' });
    const lack = built.status === 77 ? built.stdout.trim().replace(/^skipped, because /, '') : null;
    need(context, 'kafka', lack);
    if (built.status !== 0) throw new Error(built.stderr);
    const child = spawn('build/tools/kafka-mock/kafka-mock', [String(brokers)]);
    child.stderr.resume();
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) throw new Error('kafka-mock ended without a word');
    return new KafkaMock(first.value, child, lines);
  }

  /** A command as test/integration/mock/kafka-mock.c lists them. @throws Error with what it says of it */
  async command(line: string): Promise<void> {
    this.child.stdin.write(`${line}\n`);
    const answer = await this.lines.next();
    if (answer.value !== 'ok') throw new Error(`${line}: ${answer.value}`);
  }
}

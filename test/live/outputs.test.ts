/** What the command says of its outputs is what they hold: a full disk, a slow reader and one that goes away, under real traffic. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { lacksLive, need } from '../support/require.js';
import { onSmallDisk } from '../support/small-disk.js';
import { countDirectory, countNdjson, told } from './faults/feed.js';
import { COMMAND, inFolder } from './support/checkout.js';
import { buildGenerator, runGenerator } from './support/generator.js';
import { run } from './support/observe.js';

beforeAll(() => buildGenerator());
beforeEach((context) => need(context, 'live', lacksLive()));

/** `observe -o ndjson` with its standard output to a shell redirection or pipe, `end`. */
class Shell {
  private errors = '';
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly folder: string,
    child: ReturnType<typeof spawn>,
  ) {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = once(child, 'close');
  }

  static async start(folder: string, options: string, end: string): Promise<Shell> {
    const ready = join(folder, 'ready');
    const observe = `'${COMMAND}' observe -o ndjson --ready-file '${ready}' ${options}`;
    const script = `{ ${observe} & echo $! > '${folder}/pid'; wait $!; echo $? > '${folder}/status'; } ${end}`;
    const shell = new Shell(folder, spawn('bash', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] }));
    while (!existsSync(ready)) {
      if (shell.over) throw new Error(`observe ended before it was ready: ${shell.errors}`);
      await sleep(10);
    }
    return shell;
  }

  get over(): boolean {
    return existsSync(join(this.folder, 'status'));
  }

  interrupt(): void {
    if (!this.over) process.kill(Number(readFileSync(join(this.folder, 'pid'), 'utf8')), 'SIGINT');
  }

  async end(): Promise<ReturnType<typeof told>> {
    await this.ended;
    return told(Number(readFileSync(join(this.folder, 'status'), 'utf8')), this.errors);
  }
}

/** Connections of the machine, as the generator makes them; two records each. */
async function traffic(folder: string, connections: number): Promise<void> {
  await runGenerator(join(folder, 'list'), { scenario: 'loopback', connections, exchanges: 7, lanes: 3 });
}

test('standard output on a full disk: what is told as written is there; exit 1', async (context) => {
  await inFolder(async (folder) => {
    await onSmallDisk(context, join(folder, 'small'), 509, async (mount) => {
      const out = join(mount, 'out');
      const shell = await Shell.start(folder, '', `> '${out}'`);
      while (!shell.over) await traffic(folder, 997);
      const { status, written, lost, errors } = await shell.end();
      expect(written, errors).toBe(countNdjson(out).connections);
      expect([status, lost > 0]).toEqual([1, true]);
      expect(errors).toMatch(/standard output failed \(ENOSPC\)/);
    });
  });
});

test('a slow reader: the output tells what it refused, verify agrees, no ledger record is missing; exit 1', async () => {
  await inFolder(async (folder) => {
    const out = join(folder, 'out');
    const go = join(folder, 'go');
    const shell = await Shell.start(folder, '', `| (until [ -e '${go}' ]; do sleep .1; done; cat > '${out}')`);
    await traffic(folder, 12_007);
    shell.interrupt();
    await sleep(500);
    writeFileSync(go, '');
    const { status, written, lost, errors } = await shell.end();
    const found = countNdjson(out);
    expect(written, errors).toBe(found.connections);
    expect(found.account).toMatchObject({ written: found.before, refused: { connections: lost, ledgers: 0 } });
    expect([status, lost > 0]).toEqual([1, true]);
    const verified = await run('verify', '-o', 'json', out);
    expect(JSON.parse(verified.stdout.toString()), verified.errors).toMatchObject({ faults: [], refused: lost });
    expect(verified.status).toBe(0);
  });
});

test('`--to DIR | head`: the directory goes on to the end, which is in order; exit 0', async () => {
  await inFolder(async (folder) => {
    const to = join(folder, 'to');
    const shell = await Shell.start(folder, `--to '${to}'`, '| head -n 3 > /dev/null');
    await traffic(folder, 499);
    await sleep(1500);
    expect(shell.over).toBe(false);
    const before = await countDirectory(to);
    await traffic(folder, 499);
    shell.interrupt();
    const { status, written, errors } = await shell.end();
    expect(status, errors).toBe(0);
    const found = await countDirectory(to);
    expect(written).toBe(found.connections);
    expect(found.connections - before.connections).toBeGreaterThan(499);
    const verified = await run('verify', to);
    expect(verified.status, verified.errors).toBe(0);
  });
});

/** Filters against real records: live, by the header of a recording, and by options of a replay, each judged by the fields themselves. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cgroupRoot } from '../../src/kernel/host.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { inFolder } from './support/checkout.js';
import { Observer, run } from './support/observe.js';
import type { ConnectionLine, LedgerLine } from './support/output.js';
import { withoutAccounts } from './support/output.js';

const NOBODY = 65534;

/** One exchange on loopback, `size` bytes one way, `seconds` long; then a connect that is refused. */
const TRAFFIC = `
import os, socket, sys, time
size, seconds, uid = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
# Loaded while the interpreter's own files can still be read.
"x".encode("idna")
if uid: os.setgroups([]); os.setgid(uid); os.setuid(uid)
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
client.sendall(b"x" * size)
client.shutdown(socket.SHUT_WR)
while peer.recv(65536): pass
time.sleep(seconds)
peer.close(); client.close()
port = server.getsockname()[1]
server.close()
refused = socket.socket()
try: refused.connect(("127.0.0.1", port))
except ConnectionRefusedError: pass
refused.close()
print(port)
`;

type Line = ConnectionLine & { process: { cgroup_id: number } | null };

function traffic(size: number, seconds: number, wrapper: string[] = [], uid = 0): number {
  const command = [...wrapper, 'python3', '-c', TRAFFIC, String(size), String(seconds), String(uid)];
  return Number(execFileSync(command[0]!, command.slice(1), { encoding: 'utf8' }));
}

function connectionsOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line | LedgerLine)
    .filter((record): record is Line => record.record === 'connection');
}

/** A record without its place in an output. */
function bare({ seq, delta, ...record }: Line): unknown {
  return record;
}

test('each filter lets through what its fields say, live and replayed', async (context) => {
  need(context, 'live', lacksLive());
  for (const command of ['python3', 'unshare', 'ip']) need(context, 'live', lacksCommand(command));
  const root = cgroupRoot()!;
  const cgroup = `${root}/conntrail-filters-${process.pid}`;
  await inFolder(async (folder) => {
    const recording = join(folder, 'a.ctr');
    mkdirSync(cgroup);
    let observer: Observer | undefined;
    const { ino } = statSync(cgroup);
    try {
      const given = ['--uid', `0,${NOBODY}`, '--port', '!22', '--failed', '!timeout', '--state', 'CLOSED'];
      observer = await Observer.start(folder, '--record', recording, '--interval', '200ms', ...given);
      const small = traffic(10, 0);
      const nobody = traffic(20, 0, [], NOBODY);
      const large = traffic(3_000_000, 0.6);
      traffic(40, 0, ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']);
      traffic(50, 0, ['sh', '-c', `echo $$ > ${cgroup}/cgroup.procs && exec "$@"`, 'sh']);
      const { status, errors } = await observer.stop();
      expect(status, errors).toBe(0);

      const replay = async (...args: string[]): Promise<string> => {
        const { status, stdout, errors } = await run('replay', recording, '-o', 'ndjson', ...args);
        expect(status, errors).toBe(0);
        return stdout.toString();
      };
      const live = withoutAccounts(readFileSync(observer.output, 'utf8'));
      expect(await replay()).toBe(live);
      const all = connectionsOf(await replay('--unfiltered'));
      const closed = all.filter(({ state }) => state === 'closed');
      expect(connectionsOf(live).map(bare)).toEqual(
        closed
          .filter(
            ({ process, local, remote, failure }) =>
              [0, NOBODY].includes(process?.uid ?? -1) &&
              local.port !== 22 &&
              remote?.port !== 22 &&
              failure?.cause !== 'timeout',
          )
          .map(bare),
      );

      const name = closed.find(({ local }) => local.port === nobody)!.process!.name;
      const here = statSync('/proc/self/ns/net').ino;
      const bytes = ({ total }: Line): number => total.sent_bytes + (total.received_bytes ?? 0);
      const filters: [string[], (record: Line) => boolean][] = [
        [
          ['--port', `${small},${large}`],
          ({ local, remote }) => [local.port, remote?.port].some((port) => port === small || port === large),
        ],
        [['--port', `!remote:${small}`], ({ remote }) => remote?.port !== small],
        [['--uid', String(NOBODY)], ({ process }) => process?.uid === NOBODY],
        [['--uid', `!${NOBODY}`], ({ process }) => process?.uid !== NOBODY],
        [['--netns', String(here)], ({ netns }) => netns.inode === here],
        [['--netns', '!/proc/self/ns/net'], ({ netns }) => netns.inode !== here],
        [['--cgroup', cgroup], ({ process }) => process?.cgroup_id === ino],
        [['--cgroup', `!${cgroup.slice(root.length)}`], ({ process }) => process?.cgroup_id !== ino],
        [['--failed', 'Refused'], ({ failure }) => failure?.cause === 'refused'],
        [['--failed', '!any'], ({ failure }) => failure === null],
        [['--min-bytes', '2M'], (record) => bytes(record) >= 2 << 20],
        [['--min-bytes', '1,!2M'], (record) => bytes(record) >= 1 && bytes(record) < 2 << 20],
        [['--min-duration', '500ms'], ({ duration_us }) => duration_us !== null && duration_us >= 500_000],
        [
          ['--min-duration', '!500ms', '--name', name],
          ({ duration_us, process }) => (duration_us ?? 0) < 500_000 && process?.name === name,
        ],
      ];
      for (const [args, matches] of filters) {
        const expected = closed.filter(matches).map(bare);
        const got = connectionsOf(await replay('--state', 'closed', ...args)).map(bare);
        expect(got, args.join(' ')).toEqual(expected);
        expect([args.join(' '), expected.length > 0, expected.length < closed.length]).toEqual([
          args.join(' '),
          true,
          true,
        ]);
      }
    } finally {
      observer?.child.kill('SIGKILL');
      rmdirSync(cgroup);
    }
  });
});

test('record keeps everything, and its filters for replay', async (context) => {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('python3'));
  await inFolder(async (folder) => {
    const recording = join(folder, 'a.ctr');
    const ready = join(folder, 'ready');
    const recorder = run(
      'record',
      recording,
      '--failed',
      'any',
      '--host',
      'elsewhere',
      '--ready-file',
      ready,
      '--for',
      '4s',
    );
    const traffics = (async () => {
      await expect.poll(() => existsSync(ready), { timeout: 60_000, interval: 10 }).toBe(true);
      return traffic(10, 0);
    })();
    const port = await traffics;
    const { status, errors } = await recorder;
    expect(status, errors).toBe(0);
    const some = await run('replay', recording, '-o', 'ndjson', '--no-ledger');
    const every = await run('replay', recording, '-o', 'ndjson', '--no-ledger', '--unfiltered', '--state', 'closed');
    expect(every.status).toBe(2);
    const all = await run('replay', recording, '-o', 'ndjson', '--no-ledger', '--unfiltered');
    const path = join(folder, 'all.ndjson');
    writeFileSync(path, all.stdout);
    const of = (text: string): Line[] => connectionsOf(text).filter((record) => record.remote?.port === port);
    expect(of(some.stdout.toString()).map(({ failure }) => failure?.cause)).toEqual(['refused']);
    expect(of(all.stdout.toString()).filter(({ state }) => state === 'closed')).toHaveLength(2);
    expect(
      connectionsOf(all.stdout.toString()).every(({ host }: Line & { host?: string }) => host === 'elsewhere'),
    ).toBe(true);
    const verified = await run('verify', path);
    expect([verified.status, verified.errors]).toEqual([
      7,
      expect.stringMatching(/--no-ledger.*\[CONNTRAIL_VERIFICATION\]\n$/),
    ]);
  });
});

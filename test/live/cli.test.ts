/**
 * The command where something is missing, full, closed or killed: one clear line and the documented exit status each, and nothing
 * silently lost. What is missing is really missing: mounts are taken away in a mount namespace of the test's own, privilege by setpriv.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import avro from 'avsc';
import { describe, expect, type TestContext, test } from 'vitest';
import type { VerifyReport } from '../../src/verify/report.js';
import { lacksCommand, lacksLive, need } from '../support/require.js';
import { CHECKOUT, COMMAND, inFolder } from './support/checkout.js';
import { sumLedger, unshown } from './support/ledger.js';
import { Observer, run } from './support/observe.js';
import { withoutAccounts } from './support/output.js';
import { unbroken } from './support/sums.js';

const SAMPLE = 'test/recordings/sample.ctr';
const NOBODY = 'setpriv --reuid 65534 --regid 65534 --clear-groups';

interface Ran {
  status: number | null;
  out: string;
  /** Lines of standard error. */
  errors: string[];
}

/** Runs a shell script in the checkout, with `conntrail` for the command. */
function sh(script: string): Ran {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script.replaceAll(/\bconntrail\b/g, COMMAND)], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  return {
    status,
    out: stdout,
    errors: unbroken(stderr)
      .split('\n')
      .filter((line) => line !== ''),
  };
}

/** Opens and closes TCP connections on loopback, one after the other: two records each. */
async function traffic(count: number): Promise<void> {
  const server: Server = createServer((socket) => socket.on('error', () => {}).end('x'.repeat(997)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve) => {
      const socket: Socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.resume().on('close', () => resolve());
    });
  }
  await new Promise((resolve) => server.close(resolve));
}

function requireLive(context: TestContext): void {
  need(context, 'live', lacksLive());
  need(context, 'live', lacksCommand('unshare'));
}

describe('without privilege', () => {
  test('observe and record exit 3, and make no file', async (context) => {
    requireLive(context);
    for (const args of ['observe --to /tmp/conntrail-nobody', 'record /tmp/conntrail-nobody']) {
      const { status, out, errors } = sh(`${NOBODY} conntrail ${args}`);
      expect([status, out]).toEqual([3, '']);
      expect(errors).toEqual([expect.stringMatching(/Run as root.*\[CONNTRAIL_PRIVILEGE\]$/)]);
      expect(existsSync('/tmp/conntrail-nobody')).toBe(false);
    }
  });

  test('--or-replay explains and replays', (context) => {
    requireLive(context);
    const { status, out, errors } = sh(`${NOBODY} conntrail observe -o ndjson --or-replay ${SAMPLE}`);
    expect(status).toBe(0);
    expect(errors).toHaveLength(3);
    expect(out).toBe(sh(`conntrail replay -o ndjson ${SAMPLE}`).out);
  });

  test('doctor names the capabilities and exits 3', (context) => {
    requireLive(context);
    const { status, out } = sh(`${NOBODY} conntrail doctor`);
    expect(status).toBe(3);
    expect(out).toMatch(/CAP_BPF and CAP_PERFMON; for DNS and\s+UDP\s+also\s+CAP_NET_ADMIN\./);
  });

  /** Nobody, with these capabilities in effect. */
  const having = (...names: string[]) => {
    const list = names.map((name) => `+${name}`).join();
    return `${NOBODY} --inh-caps -all,${list} --ambient-caps -all,${list}`;
  };

  test('CAP_BPF and CAP_PERFMON are enough for TCP; UDP is off, and told', (context) => {
    requireLive(context);
    const client =
      'const s = net.createServer((c) => c.end("x")).listen(0, "127.0.0.1"); setInterval(() => net.connect(s.address().port, "127.0.0.1").resume(), 100)';
    for (const transport of ['ring', 'perf']) {
      const { status, out, errors } = sh(
        `${process.execPath} -e '${client}' & ${having('bpf', 'perfmon')} conntrail observe --failed-connects --transport ${transport} --for 2s -o ndjson; s=$?; kill $!; exit $s`,
      );
      expect(status, errors.join('\n')).toBe(0);
      expect(errors[0]).toBe('conntrail: udp is off: CAP_NET_ADMIN is missing; run as root, or with it, to trace UDP.');
      expect(errors[1]).toMatch(
        /^conntrail: connects that fail before a packet are not told: .*CAP_NET_ADMIN is missing$/,
      );
      expect(errors.slice(2)).toEqual([expect.stringMatching(/connections closed in .* \d+ lost$/)]);
      const records = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const sums = sumLedger(records.filter(({ record }) => record === 'ledger'));
      expect(sums.lost + sums.dropped, JSON.stringify(sums)).toBe(unshown(sums));
      const ends = records.filter(
        ({ record, state, total }) =>
          record === 'connection' && state === 'closed' && total.sent_bytes + total.received_bytes === 1,
      );
      expect(new Set(ends.map(({ direction }) => direction))).toEqual(new Set(['incoming', 'outgoing']));
      expect(ends.every(({ process }) => process?.pid > 0)).toBe(true);
      expect(records.findLast(({ record }) => record === 'ledger')).toMatchObject({ record: 'ledger', final: true });
    }
    const doctor = sh(`${having('bpf', 'perfmon')} conntrail doctor -o json`);
    expect(doctor.status).toBe(5);
    expect(JSON.parse(doctor.out)).toMatchObject({
      verdict: 'degraded',
      problems: [
        expect.stringMatching(/^dns is off: .*: CAP_NET_ADMIN is missing; .*, to trace DNS\.$/),
        'udp is off: CAP_NET_ADMIN is missing; run as root, or with it, to trace UDP.',
      ],
    });
  });

  test('CAP_NET_ADMIN beside them is enough for everything', (context) => {
    requireLive(context);
    expect(sh(`${having('bpf', 'perfmon', 'net_admin')} conntrail doctor -o json`)).toMatchObject({
      status: 0,
      errors: [],
    });
  });

  test.each([
    [['bpf'], 'CAP_PERFMON; for UDP also CAP_NET_ADMIN'],
    [['perfmon'], 'CAP_BPF; for UDP also CAP_NET_ADMIN'],
    [['perfmon', 'net_admin'], 'CAP_BPF'],
    [['net_admin', 'sys_ptrace'], 'CAP_BPF and CAP_PERFMON'],
  ])('with %s it names what is missing', (names, missing) => {
    const { status, errors } = sh(`${having(...names)} conntrail observe`);
    expect([status, errors]).toEqual([
      3,
      [`conntrail: Run as root, or with what is missing: ${missing}. [CONNTRAIL_PRIVILEGE]`],
    ]);
  });

  test('root of a user namespace is no root for this', (context) => {
    requireLive(context);
    const { status, errors } = sh('unshare -Ur conntrail observe --for 1s');
    expect([status, errors]).toEqual([3, [expect.stringMatching(/user namespace.*\[CONNTRAIL_PRIVILEGE\]$/)]]);
  });
});

describe('with little of what a process may have', () => {
  test.each(['-n 20', '-n 24', '-n 32', '-n 40', '-n 64', '-n 100', '-v 900000', '-v 1500000', '-v 2500000'])(
    'ulimit %s: one sentence, whatever the command',
    (limit) => {
      for (const args of ['observe --for 100ms', 'record /nonexistent/a.ctr', `replay ${SAMPLE}`, 'doctor']) {
        const { status, out, errors } = sh(`ulimit ${limit}; exec conntrail ${args}`);
        expect([status, out], errors.join()).toEqual([1, '']);
        expect(errors).toEqual([
          expect.stringMatching(/^conntrail: At most \d+ .* raise the limit.*\[CONNTRAIL_LIMIT\]$/),
        ]);
      }
    },
  );

  test.each(['-n 256', '-v 3200000'])('ulimit %s is enough', (limit) => {
    for (const transport of ['ring', 'perf']) {
      const { status, errors } = sh(
        `ulimit ${limit}; exec conntrail observe --transport ${transport} --for 2s -o ndjson >/dev/null`,
      );
      expect(status, errors.join()).toBe(0);
      expect(errors).toEqual([expect.stringMatching(/connections closed in/)]);
    }
  });
});

describe('without /proc', () => {
  const hidden = (command: string) => `unshare -m sh -c 'umount -l /proc; exec ${command}'`;

  test('root traces, UDP too', (context) => {
    requireLive(context);
    const { status, errors } = sh(hidden('conntrail observe --for 2s -o ndjson >/dev/null'));
    expect(status, errors.join()).toBe(0);
    expect(errors).toEqual([expect.stringMatching(/connections closed in/)]);
    const doctor = sh(hidden('conntrail doctor -o json'));
    expect([doctor.status, JSON.parse(doctor.out)]).toMatchObject([0, { verdict: 'ok', problems: [] }]);
  });

  test('others are told what is missing', (context) => {
    requireLive(context);
    const { status, errors } = sh(hidden(`${NOBODY} --inh-caps -all,+bpf --ambient-caps -all,+bpf conntrail observe`));
    expect([status, errors]).toEqual([3, [expect.stringMatching(/missing: CAP_PERFMON; .*\[CONNTRAIL_PRIVILEGE\]$/)]]);
  });
});

describe('on a kernel that lacks something', () => {
  test('no BTF: exit 4', (context) => {
    requireLive(context);
    const hide = 'mount --bind /dev/null /sys/kernel/btf/vmlinux';
    const { status, out, errors } = sh(`unshare -m sh -c '${hide} && exec conntrail observe --for 1s'`);
    expect([status, out]).toEqual([4, '']);
    expect(errors).toEqual([expect.stringContaining('CONFIG_DEBUG_INFO_BTF')]);
    const doctor = sh(`unshare -m sh -c '${hide} && exec conntrail doctor -o json'`);
    expect(doctor.status).toBe(4);
    expect(JSON.parse(doctor.out)).toMatchObject({ verdict: 'kernel', kernel: { btf: false } });
  });

  test('no cgroup2: UDP is off, the rest runs, doctor exits 5', (context) => {
    requireLive(context);
    const hide = 'for m in $(grep " cgroup2 " /proc/self/mounts | cut -d" " -f2); do umount -l $m; done';
    const { status, errors } = sh(`unshare -m sh -c '${hide}; exec conntrail observe --for 2s -o ndjson >/dev/null'`);
    expect(status).toBe(0);
    expect(errors[0]).toMatch(/udp is off: No cgroup v2/);
    const doctor = sh(`unshare -m sh -c '${hide}; exec conntrail doctor -o json'`);
    expect(doctor.status).toBe(5);
    const { verdict, cgroup2, hook_groups } = JSON.parse(doctor.out) as {
      verdict: string;
      cgroup2: null;
      hook_groups: { name: string; proven: boolean }[];
    };
    expect([verdict, cgroup2]).toEqual(['degraded', null]);
    const names = (of: boolean) => hook_groups.filter(({ proven }) => proven === of).map(({ name }) => name);
    expect(names(true)).toEqual(expect.arrayContaining(['tcp', 'owner', 'snapshot', 'victim']));
    expect(names(false)).toEqual(['udp']);
  });

  test.each([
    'observe -o ndjson --for 100ms >/dev/null',
    'record --for 1ms /mnt/a.ctr',
    'observe -o ndjson | head -n 1',
  ])('what is off is told in a run that ends before any proof: %s', (args) => {
    const hide = 'for m in $(grep " cgroup2 " /proc/self/mounts | cut -d" " -f2); do umount -l $m; done';
    const short = `unshare -m sh -c '${hide}; mount -t tmpfs none /mnt; conntrail ${args}'`;
    expect(sh(short).errors[0]).toBe(
      'conntrail: udp is off: No cgroup v2 hierarchy is mounted; mount one to trace UDP.',
    );
  });

  test('nothing lacks here: doctor names the live rung, and why better ones were refused', (context) => {
    requireLive(context);
    const { status, out } = sh('conntrail doctor -o json');
    const { verdict, rungs, hook_groups } = JSON.parse(out) as {
      verdict: string;
      rungs: { name: string; live: boolean; reason: string }[];
      hook_groups: { proven: boolean }[];
    };
    expect([status, verdict]).toEqual([0, 'ok']);
    expect(rungs.find(({ live }) => live)?.name).toBe('tp_btf');
    for (const { live, reason } of rungs) expect(live || reason !== '').toBe(true);
    expect(hook_groups.every(({ proven }) => proven)).toBe(true);
  });
});

describe('where output cannot go', () => {
  test('read-only directory: exit 1', (context) => {
    requireLive(context);
    for (const args of ['observe --to /mnt', 'record /mnt/a.ctr', 'observe -o ndjson --record /mnt/a.ctr']) {
      const { status, out, errors } = sh(
        `unshare -m sh -c 'mount -t tmpfs -o ro none /mnt && exec conntrail ${args} --for 1s'`,
      );
      expect([status, out]).toEqual([1, '']);
      expect(errors).toEqual([expect.stringMatching(/\/mnt.*EROFS.*\[CONNTRAIL_IO\]$/)]);
    }
  });

  test('a reader that leaves is success, without a word about it', (context) => {
    requireLive(context);
    const { status, errors } = sh(`conntrail observe -o ndjson | head -n 1 >/dev/null; exit \${PIPESTATUS[0]}`);
    expect(status).toBe(0);
    expect(errors.filter((line) => !/connections closed in/.test(line))).toEqual([]);
  });

  test('standard output closed from the start is nobody reading', (context) => {
    requireLive(context);
    expect(sh('conntrail observe --for 1s -o ndjson >&-').status).toBe(0);
  });

  test('a full device: exit 1, told once', (context) => {
    requireLive(context);
    const { status, errors } = sh('conntrail observe --for 2s -o ndjson >/dev/full');
    expect(status).toBe(1);
    expect(errors.filter((line) => line.includes('ENOSPC'))).toHaveLength(1);
  });

  test.each(['version', 'schema print ledger', `verify ${SAMPLE}`, '--help'])(
    '`%s` to a full device: exit 1',
    (args) => {
      const { status, errors } = sh(`conntrail ${args} >/dev/full`);
      expect(status).toBe(1);
      expect(errors).toEqual([
        expect.stringMatching(/writing to standard output failed \(ENOSPC\).*\[CONNTRAIL_IO\]$/),
      ]);
    },
  );

  test('unknown option: exit 2', () => {
    const { status, errors } = sh('conntrail observe --nope');
    expect(status).toBe(2);
    expect(errors).toEqual([
      "conntrail: unknown option '--nope' (Did you mean --name?) See `conntrail observe --help`. [CONNTRAIL_OPTION]",
    ]);
  });
});

test('a kernel buffer need not be a power of two', (context) => {
  requireLive(context);
  for (const transport of ['ring', 'perf']) {
    const { status, errors } = sh(
      `conntrail observe --transport ${transport} --kernel-buffer 3MiB --for 1s -o ndjson >/dev/null`,
    );
    expect(status, errors.join()).toBe(0);
  }
});

describe('recording', () => {
  test('two replays are what live tracing printed, byte for byte; verify agrees', async (context) => {
    requireLive(context);
    await inFolder(async (folder) => {
      const recording = join(folder, 'a.ctr');
      const observer = await Observer.start(folder, '--record', recording, '--to', join(folder, 'out'));
      expect(readFileSync(join(folder, readdirSync(folder).find((name) => name.startsWith('ready'))!), 'latin1')).toBe(
        `${observer.pid}\n`,
      );
      await traffic(503);
      const { status, errors } = await observer.stop();
      expect(status, errors).toBe(0);
      expect(readdirSync(folder).filter((name) => name.startsWith('ready'))).toEqual([]);
      const live = createHash('sha256')
        .update(withoutAccounts(readFileSync(observer.output, 'utf8')))
        .digest('hex');
      for (let i = 0; i < 2; i++) {
        const replayed = await run('replay', '-o', 'ndjson', recording);
        expect(replayed.status, replayed.errors).toBe(0);
        expect(createHash('sha256').update(replayed.stdout).digest('hex')).toBe(live);
      }
      for (const path of [recording, join(folder, 'out'), observer.output]) {
        const verified = await run('verify', path);
        expect(verified.status, verified.errors).toBe(0);
      }
    });
  });

  test('replay, verify, schema and version load no addon', (context) => {
    need(context, 'live', process.platform === 'linux' ? null : 'the report of loaded libraries is of Linux');
    const atExit = `data:text/javascript,${encodeURIComponent(
      'process.on("exit", () => process.stderr.write(process.report.getReport().sharedObjects.join("\\n")))',
    )}`;
    for (const args of [`replay ${SAMPLE}`, `verify ${SAMPLE}`, 'schema print ledger', 'version']) {
      const { status, errors } = sh(`NODE_OPTIONS='--import ${atExit}' conntrail ${args}`);
      expect(status).toBe(0);
      expect(errors.length).toBeGreaterThan(1);
      // The addon is loaded by its descriptor.
      expect(errors.filter((name) => /\.node$|^\/proc\/self\/fd\//.test(name))).toEqual([]);
    }
  });
});

test('kill -9 while writing: files read back whole up to the last block, and verify says what is missing', async (context) => {
  requireLive(context);
  need(context, 'avro', lacksCommand('avrocat'));
  await inFolder(async (folder) => {
    const out = join(folder, 'out');
    const recording = join(folder, 'a.ctr');
    const observer = await Observer.start(folder, '--to', out, '--record', recording, '--interval', '200ms');
    let going = true;
    const generator = (async () => {
      while (going) await traffic(101);
    })();
    const containersOf = () => readdirSync(out).filter((name) => name.endsWith('.avro'));
    for (let least = 0; least <= 2; ) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const counts = containersOf().map((name) => countRecords(join(out, name)).catch(() => 0));
      least = counts.length < 3 ? 0 : Math.min(...(await Promise.all(counts)));
    }
    await observer.stop('SIGKILL');
    going = false;
    await generator;
    const containers = containersOf();
    expect(containers.map((name) => name.split('-')[0])).toEqual(['connection', 'ledger', 'output']);
    for (const name of containers) {
      const path = join(out, name);
      const records = await countRecords(path);
      expect(records).toBeGreaterThan(2);
      const { stdout } = await promisify(execFile)('avrocat', [path], { maxBuffer: 1 << 28 });
      expect(stdout.trimEnd().split('\n')).toHaveLength(records);
    }
    for (const [path, says] of [
      [out, /no final ledger: the output was cut short after seq \d+/],
      [recording, /no trailer: the recording was cut short after block \d+/],
    ] as const) {
      const { status, errors } = await run('verify', path);
      expect(status).toBe(7);
      expect(errors).toMatch(says);
    }
    const replayed = await run('replay', '-o', 'ndjson', recording);
    expect(replayed.status).toBe(1);
    expect(replayed.errors.split('\n')).toHaveLength(2);
    // Both were cut at other places; what both hold is the same.
    const printed = withoutAccounts(readFileSync(observer.output, 'utf8'));
    const replayedText = replayed.stdout.toString();
    const common = Math.min(printed.lastIndexOf('\n'), replayedText.length);
    expect(replayedText.slice(0, common)).toBe(printed.slice(0, common));
  });
});

function countRecords(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    avro
      .createFileDecoder(path)
      .on('data', () => count++)
      .on('end', () => resolve(count))
      .on('error', reject);
  });
}

test('loss above --max-loss: exit 6, and everything written agrees', async (context) => {
  requireLive(context);
  await inFolder(async (folder) => {
    const out = join(folder, 'out');
    const observer = await Observer.start(folder, '--kernel-buffer', '4096', '--max-loss', '0', '--to', out);
    observer.child.kill('SIGSTOP');
    await traffic(997);
    observer.child.kill('SIGCONT');
    const { status, errors } = await observer.stop();
    expect(errors).toMatch(/kernel buffer full/);
    expect(errors).toMatch(/more than --max-loss 0/);
    expect(status).toBe(6);
    for (const path of [out, observer.output]) {
      const verified = await run('verify', '-o', 'json', path);
      expect(verified.status, verified.stdout.toString()).toBe(0);
      const { types, lost } = JSON.parse(verified.stdout.toString()) as VerifyReport;
      expect(lost).toBeGreaterThan(0);
      expect(types.connection!.units + lost).toBeGreaterThanOrEqual(2 * 997);
    }
  });
});

test('a second SIGINT ends it at once: exit 130', async (context) => {
  requireLive(context);
  await inFolder(async (folder) => {
    const ready = join(folder, 'ready');
    // Nobody reads the pipe: what is left cannot be written, so that the first SIGINT cannot end it.
    const child = spawn(COMMAND, ['observe', '-o', 'ndjson', '--ready-file', ready], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(child, 'exit');
    while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 10));
    await traffic(499);
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });
});

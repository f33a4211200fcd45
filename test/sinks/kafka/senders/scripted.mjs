/**
 * A process in the place of the one that sends: does what the prefix of its target says, a word for each time it is begun (the file `times` in the
 * spool counts); the last word goes for all later ones.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const counts = (lowest) => ({
  kind: 'counts',
  acked: [],
  deadLettered: [],
  resent: 0,
  unknown: 0,
  bytes: 0,
  lowest,
  next: lowest,
});
const tell = (news, then = () => {}) => process.send(news, then);

const words = {
  /** Works until it is told to end, and says for how long it may. */
  works: ({ spool }) => {
    tell(counts(1));
    process.on('message', ({ kind, withinMs }) => {
      if (kind !== 'end') return;
      writeFileSync(join(spool, 'ended'), String(withinMs));
      process.exit(0);
    });
  },
  /** Does not end when it is told to. */
  hangs: () => {
    tell(counts(1));
    setInterval(() => {}, 1000);
  },
  /** Ends with a last word. */
  dies: () => {
    process.stderr.write('first\nout of luck\n');
    tell(counts(1), () => process.exit(3));
  },
  crashes: () => tell(counts(1), () => process.kill(process.pid, 'SIGSEGV')),
  silent: () => process.exit(4),
  fatal: () => {
    tell({ kind: 'state', state: 'stopped' });
    tell({ kind: 'trouble', code: 'CONNTRAIL_KAFKA_CLIENT', sentence: 'no client', fatal: true }, () =>
      process.exit(1),
    );
  },
  settles: () => tell({ ...counts(1), lowest: 5 }, () => process.exit(0)),
  trouble: () => {
    tell(counts(1));
    const code = 'CONNTRAIL_KAFKA_UNREACHABLE';
    tell({ kind: 'trouble', code, sentence: 'nobody there', fatal: false });
    tell({ kind: 'over', code });
    tell({ kind: 'trouble', code, sentence: 'nobody there', fatal: false });
  },
};

process.once('message', ({ settings }) => {
  const file = join(settings.spool, 'times');
  const time = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  writeFileSync(file, String(time + 1));
  const script = settings.target.prefix.split('-');
  words[script[Math.min(time, script.length - 1)]](settings);
});
process.on('disconnect', () => process.exit(0));

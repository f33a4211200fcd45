import { describe, expect, it } from 'vitest';
import { ConntrailError } from '../src/errors.js';
import { type TeardownStep, tearDown } from '../src/teardown.js';

const never = () => new Promise<never>(() => {});

async function run(steps: (Partial<TeardownStep> & { name: string })[], overdue?: AbortSignal) {
  const did: string[] = [];
  const errors: ConntrailError[] = [];
  const traced = steps.map(({ name, run = () => {}, deadlineMs = 30_000, late }) => ({
    name,
    deadlineMs,
    late,
    run: () => {
      did.push(name);
      return run();
    },
  }));
  await tearDown(traced, (error) => errors.push(error), overdue);
  return { did, errors };
}

describe('tearDown', () => {
  it('runs every step in order, one after the other', async () => {
    const events: string[] = [];
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      events.push('slow ended');
    };
    await run([
      { name: 'slow', run: slow },
      { name: 'next', run: () => events.push('next') },
    ]);
    expect(events).toEqual(['slow ended', 'next']);
  });

  it('tries what comes after a step that throws or rejects, and tells each once, with its name', async () => {
    const { did, errors } = await run([
      {
        name: 'throw',
        run: () => {
          throw new Error('no.');
        },
      },
      { name: 'reject', run: () => Promise.reject('neither') },
      { name: 'end' },
    ]);
    expect(did).toEqual(['throw', 'reject', 'end']);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['CONNTRAIL_TEARDOWN', 'Stopping failed to throw (no); the rest was ended.'],
      ['CONNTRAIL_TEARDOWN', 'Stopping failed to reject (neither); the rest was ended.'],
    ]);
  });

  it('hands an error of our own on as it is', async () => {
    const own = new ConntrailError('CONNTRAIL_IO', 'a disk');
    const { errors } = await run([{ name: 'sync', run: () => Promise.reject(own) }]);
    expect(errors).toEqual([own]);
  });

  it('leaves a step that hangs when its time is over, tells it so first, and goes on', async () => {
    const left: string[] = [];
    const { did, errors } = await run([
      { name: 'hang', run: never, deadlineMs: 20, late: () => left.push('late') },
      { name: 'end', run: () => left.push('next') },
    ]);
    expect(did).toEqual(['hang', 'end']);
    expect(left).toEqual(['late', 'next']);
    expect(errors).toMatchObject([{ code: 'CONNTRAIL_TEARDOWN', message: expect.stringContaining('hang') }]);
  });

  it('survives a step that throws when it is told that it is late', async () => {
    const late = () => {
      throw new Error('late, too');
    };
    const { did, errors } = await run([{ name: 'hang', run: never, deadlineMs: 10, late }, { name: 'end' }]);
    expect(did).toEqual(['hang', 'end']);
    expect(errors).toMatchObject([{ message: expect.stringContaining('late, too') }]);
  });

  it('gives what hangs no more time when all of it is overdue, and still begins the rest', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    const ended: string[] = [];
    const { did, errors } = await run(
      [
        { name: 'hang', run: never },
        { name: 'hang too', run: never },
        { name: 'end', run: async () => ended.push('ended') },
      ],
      abort.signal,
    );
    expect(did).toEqual(['hang', 'hang too', 'end']);
    expect(ended).toEqual(['ended']);
    expect(errors.map(({ message }) => message)).toEqual([
      'Stopping took too long to hang; the rest was ended.',
      'Stopping took too long to hang too; the rest was ended.',
    ]);
  });

  it('is not disturbed by what a step that was left does later', async () => {
    let reject!: (error: Error) => void;
    const run1 = () =>
      new Promise((_, no) => {
        reject = no;
      });
    const { errors } = await run([{ name: 'hang', run: run1, deadlineMs: 10 }]);
    // An unhandled rejection would fail this file.
    reject(new Error('much later'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(errors).toHaveLength(1);
  });
});

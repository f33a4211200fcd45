import { expect, test } from 'vitest';
import { wholeLines } from './traced-script.js';

test('a call that another thread’s call was written into is one line, where it ended', () => {
  const log = [
    '7     openat(AT_FDCWD, "out/a", O_RDWR|O_CREAT, 0640 <unfinished ...>',
    '8     write(9<anon_inode:[eventfd]>, "\\1", 8) = 8',
    '7     <... openat resumed>) = 21</tmp/out/a>',
    '7     fsync(21</tmp/out/a> <unfinished ...>',
    '8     write(9<anon_inode:[eventfd]>, "\\1", 8 <unfinished ...>',
    '7     <... fsync resumed>)              = -1 EIO (Input/output error) (INJECTED)',
    '8     <... write resumed>)              = 8',
  ].join('\n');
  expect(wholeLines(log)).toEqual([
    '8     write(9<anon_inode:[eventfd]>, "\\1", 8) = 8',
    '7     openat(AT_FDCWD, "out/a", O_RDWR|O_CREAT, 0640) = 21</tmp/out/a>',
    '7     fsync(21</tmp/out/a>)              = -1 EIO (Input/output error) (INJECTED)',
    '8     write(9<anon_inode:[eventfd]>, "\\1", 8)              = 8',
  ]);
});

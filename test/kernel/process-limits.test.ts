import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConntrailError } from '../../src/errors.js';
import { asLimitError, lackOfLimits } from '../../src/kernel/process-limits.js';

const limits = (
  files: string,
  addresses: string,
) => `Limit                     Soft Limit           Hard Limit           Units
Max stack size            8388608              unlimited            bytes
Max open files            ${files.padEnd(20)} 1048576              files
Max address space         ${addresses.padEnd(20)} unlimited            bytes
`;

describe('lackOfLimits', () => {
  test.each([
    ['1024', 'unlimited', ''],
    ['256', `${3 * 2 ** 30}`, ''],
    ['255', 'unlimited', /^At most 255 files .* \(ulimit -n 1024\)\.$/],
    ['20', '1', /^At most 20 files/],
    ['1024', `${2 ** 30}`, /^At most 1024 MiB of address space .* 3072 are needed: .*\.$/],
  ])('files %s, address space %s', (files, addresses, says) => {
    expect(lackOfLimits(limits(files, addresses))).toMatch(says === '' ? /^$/ : says);
  });

  test('nothing is said where nothing tells, and of this process', (context) => {
    expect(lackOfLimits('')).toBe('');
    if (process.platform !== 'linux') return context.skip();
    expect(readFileSync('/proc/self/limits', 'utf8')).toMatch(/^Max open files\s+\d+/m);
    expect(lackOfLimits()).toBe('');
  });
});

describe('asLimitError', () => {
  test.each([
    [Object.assign(new Error('open'), { code: 'EMFILE' }), /EMFILE.*ulimit -n/],
    [Object.assign(new Error('open'), { code: 'ENFILE' }), /ENFILE/],
    [Object.assign(new Error('mmap'), { code: 'ENOMEM' }), /not enough memory \(ENOMEM\)/],
    [Object.assign(new Error('worker'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }), /not enough memory/],
    [new RangeError('Array buffer allocation failed'), /Array buffer allocation failed/],
  ])('%s is one', (error, says) => {
    expect(asLimitError(error)).toMatchObject({
      code: 'CONNTRAIL_LIMIT',
      message: expect.stringMatching(says),
      cause: error,
    });
  });

  test('a buffer that V8 refuses is one', () => {
    const error = (() => {
      try {
        return new ArrayBuffer(2 ** 52);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(asLimitError(error)).toBeInstanceOf(ConntrailError);
  });

  test.each([
    new RangeError('Invalid array length'),
    new TypeError('no'),
    Object.assign(new Error('open'), { code: 'ENOENT' }),
    new ConntrailError('CONNTRAIL_IO', 'no'),
    'EMFILE',
    null,
  ])('%s is none', (error) => {
    expect(asLimitError(error)).toBeNull();
  });
});

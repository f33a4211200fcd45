/** A later build reads the format before its own, and makes the spool its own. */
import { expect, test, vi } from 'vitest';
import { drain, rowsTo } from './rows.js';
import { SimDisk, SimFiles } from './sim-files.js';

const OPTIONS = { policy: 'newest', size: 8 << 20, age: Infinity } as const;

/** The spool as a build of this format has it. */
async function build(format: number) {
  vi.resetModules();
  vi.doMock('../../src/spool/format-number.js', () => ({ SPOOL_FORMAT: format }));
  const { SpoolWriter } = await import('../../src/spool/spool-writer.js');
  const { SpoolReader } = await import('../../src/spool/spool-reader.js');
  return { SpoolWriter, SpoolReader };
}

test('there, and not back', async () => {
  const disk = new SimDisk();
  const old = await build(1);
  const writer = await old.SpoolWriter.on(new SimFiles(disk), OPTIONS);
  rowsTo(writer)(1);
  await writer.finish();
  const now = await build(2);
  const later = await now.SpoolWriter.on(new SimFiles(disk), OPTIONS);
  rowsTo(later)(2);
  await later.finish();
  const names = [...disk.names.keys()];
  await expect(old.SpoolWriter.on(new SimFiles(disk), OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_VERSION' });
  await expect(old.SpoolReader.on(new SimFiles(disk))).rejects.toMatchObject({ code: 'CONNTRAIL_VERSION' });
  // By its segments alone as well.
  disk.names.delete('format');
  await expect(old.SpoolWriter.on(new SimFiles(disk), OPTIONS)).rejects.toMatchObject({ code: 'CONNTRAIL_VERSION' });
  expect([...disk.names.keys()]).toEqual(names.filter((name) => name !== 'format'));
  const reader = await now.SpoolReader.on(new SimFiles(disk), { follow: false });
  expect(await drain(reader)).toEqual([1, 2]);
  await reader.close();
});

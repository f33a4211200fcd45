/** What the sender does, as a consumer that is not ours sees it: each record once, in order, and each account closed. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { SpoolWriter } from '../../src/spool/spool-writer.js';
import { expectDelivered } from './support/delivery.js';
import { needSender } from './support/kafka.js';
import { RandomRecords } from './support/random-records.js';
import { SenderProcess, spoolDirectory, targetOf } from './support/sender.js';

const SPOOL = { policy: 'oldest', size: 1 << 30, age: Number.POSITIVE_INFINITY } as const;

test.for(['message', 'block'] as const)(
  'everything arrives, once and in order, framed as %s',
  async (framing, context) => {
    const kafka = needSender(context);
    const prefix = `t-${randomUUID()}`;
    const spool = spoolDirectory();
    const writer = await SpoolWriter.open(spool, SPOOL);
    const records = new RandomRecords(writer, 1);
    const sender = SenderProcess.start(spool, targetOf(kafka, prefix, { framing }));
    records.write(20_000);
    await writer.idle();
    await sender.until(() => sender.counts?.lowest === 20_001);
    await sender.end();
    expect(sender.troubles).toEqual([]);
    expect(sender.counts).toMatchObject({
      acked: [
        ['connection', 10_000, 10_000],
        ['dns', 10_000, 10_000],
      ],
      unknown: 0,
      resent: 0,
    });
    await expectDelivered(writer, records, { brokers: kafka.brokers, prefix });
    await writer.finish();
  },
);

import { expect, test } from 'vitest';
import { RECORD_TYPES } from '../../../src/records.gen.js';
import { Deliveries, missingOf, seriesOf, smaller } from '../../../src/sinks/kafka/deliveries.js';
import type { SenderCounts } from '../../../src/sinks/kafka/sender-protocol.js';
import { SeriesCounts } from '../../../src/sinks/series-counts.js';
import { type Checkpoint, firstCheckpoint, noOutcomes } from '../../../src/spool/checkpoint.js';
import { TypeCounts } from '../../../src/spool/type-counts.js';

function counts(of: Record<string, number>): TypeCounts {
  const sum = new TypeCounts();
  for (const [name, records] of Object.entries(of)) sum.note(name, records, 2 * records);
  return sum;
}

function checkpoint(acked: Record<string, number>, expired = 0, damaged = 0): Checkpoint {
  const outcomes = { ...noOutcomes(), acked: counts(acked), expired: counts({ dns: expired }) };
  return { ...firstCheckpoint(), lowest: 1 + outcomes.acked.records + expired + damaged, outcomes, damaged };
}

function news(acked: Record<string, number>, resent = 0, dead: Record<string, number> = {}): SenderCounts {
  const told = (of: Record<string, number>) => Object.entries(of).map(([name, n]) => [name, n, 2 * n] as const);
  return {
    kind: 'counts',
    acked: told(acked),
    deadLettered: told(dead),
    resent,
    unknown: 0,
    bytes: 0,
    lowest: 1,
    next: 1,
  };
}

test('what the sender tells counts before the checkpoint has it, and once', () => {
  const deliveries = new Deliveries(null);
  deliveries.tell(news({ dns: 5, ledger: 1 }, 2, { dns: 1 }));
  expect(deliveries.acked.toJSON()).toEqual({ dns: [5, 10], ledger: [1, 2] });
  expect(deliveries.deadLettered.toJSON()).toEqual({ dns: [1, 2] });
  deliveries.read(checkpoint({ dns: 3 }));
  expect(deliveries.acked.toJSON()).toEqual({ dns: [5, 10], ledger: [1, 2] });
  deliveries.read(checkpoint({ dns: 6, ledger: 1 }));
  expect(deliveries.acked.toJSON()).toEqual({ dns: [6, 12], ledger: [1, 2] });
  expect(deliveries.resent).toBe(2);
});

test('what earlier runs sent is not of this one', () => {
  const deliveries = new Deliveries(checkpoint({ dns: 100 }, 0, 3));
  expect(deliveries.acked.records).toBe(0);
  expect(deliveries.gone).toBe(103);
  deliveries.tell(news({ dns: 4 }));
  expect(deliveries.acked.toJSON()).toEqual({ dns: [4, 8] });
  deliveries.read(checkpoint({ dns: 104 }, 0, 5));
  expect(deliveries.acked.toJSON()).toEqual({ dns: [4, 8] });
  expect(deliveries.gone).toBe(105);
});

test('a sender that follows another begins from the checkpoint', () => {
  const deliveries = new Deliveries(null);
  deliveries.tell(news({ dns: 10 }, 3));
  // It died before the checkpoint had the last two.
  deliveries.begin(checkpoint({ dns: 8 }));
  expect(deliveries.acked.records).toBe(8);
  deliveries.tell(news({ dns: 5 }, 2));
  expect(deliveries.acked.records).toBe(13);
  expect(deliveries.resent).toBe(5);
  deliveries.begin(null);
  expect(deliveries.acked.records).toBe(8);
});

test('where records expired, the checkpoint alone counts', () => {
  const deliveries = new Deliveries(null);
  deliveries.tell(news({ dns: 10 }));
  deliveries.read(checkpoint({ dns: 4 }, 6));
  expect(deliveries.acked.records).toBe(4);
});

test('an older checkpoint changes nothing', () => {
  const deliveries = new Deliveries(null);
  deliveries.read(checkpoint({ dns: 4 }));
  deliveries.read(checkpoint({ dns: 2 }));
  expect(deliveries.acked.records).toBe(4);
});

test('by types of this build', () => {
  const dns = RECORD_TYPES.find(({ name }) => name === 'dns')!;
  expect(seriesOf(counts({ dns: 2, of_tomorrow: 5 }))).toEqual(SeriesCounts.of(dns, 2, 4));
  const written = SeriesCounts.of(dns, 5, 5);
  expect(missingOf(written, counts({ dns: 2, ledger: 9 })).of(dns)).toEqual({ records: 3, units: 1 });
  expect(missingOf(written, counts({ dns: 9 })).records).toBe(0);
  expect(smaller(written, SeriesCounts.of(dns, 7, 1)).of(dns)).toEqual({ records: 5, units: 1 });
});

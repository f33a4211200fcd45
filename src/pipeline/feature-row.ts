import type { Row } from '../ledger/row.js';
import type { RowTotals } from '../ledger/row-totals.js';
import { NOTE_INVALID, type SourceAccounts } from '../ledger/source-accounts.js';
import type { ClientPorts } from './client-ports.js';
import type { Feature } from './feature.js';

/**
 * The ledger row of a feature as of now, for one client, or but for what only a client has. What arrived was read and enqueued, whatever its
 * source has told by then: several sources tell in rings of their own. What a source says it enqueued and what did not arrive is in no
 * column, so that it is found.
 */
export function rowTotals(feature: Feature, sources: SourceAccounts, row: Row, ports?: ClientPorts): RowTotals {
  const ahead = Math.max(0, row.enqueued - sources.total('enqueued'));
  const discarded = named(feature.discards, (place) => row.discarded[place]!);
  const client = ports?.totalsOf(feature.records.map(({ name }) => name)) ?? NO_CLIENT;
  return {
    feature: feature.name,
    unit: feature.unit,
    series: client.series,
    attempted: sources.total('attempted'),
    emitted: sources.total('emitted'),
    pending: sources.total('pending'),
    lost: named(feature.causes, (place) => sources.lost(place)),
    read: sources.total('read') + ahead,
    duplicate: sources.total('duplicate'),
    enqueued: row.enqueued,
    dropped: sources.total('dropped'),
    filtered: row.filtered + client.unasked,
    self_test: row.selfTest,
    canary: row.canary,
    merged: row.merged,
    discarded: ports === undefined ? discarded : { ...discarded, unencodable: client.unencodable },
    resident: row.resident,
    given: client.units,
    notes: {
      ...named(feature.notes, (place) => sources.note(place)),
      invalid: sources.note(NOTE_INVALID),
      unordered: row.unordered,
    },
  };
}

const NO_CLIENT = { series: [], units: 0, unencodable: 0, unasked: 0 };

function named(names: readonly string[], value: (place: number) => number): Record<string, number> {
  return Object.fromEntries(names.map((name, place) => [name, value(place)]));
}

import { describe, expect, it } from 'vitest';
import { FEATURE, LOST, NOTE } from '../../src/connections/layout.gen.js';
import { ACCOUNT, CORE_KIND, LOST_PLACES, NOTE_PLACES } from '../../src/frames/layout.gen.js';
import { ACCOUNT_COLUMNS, accountedFeature, SourceAccounts } from '../../src/ledger/source-accounts.js';
import { type AccountFields, accountPayload, frame } from '../support/frames.js';
import { READER_FIELDS, readerSums } from '../support/reader-sums.js';

const account = (fields: AccountFields = {}) => frame(CORE_KIND.account, accountPayload(fields));

describe('SourceAccounts', () => {
  it('sums the latest account of every source, total by total', () => {
    const accounts = new SourceAccounts();
    const numbers = Object.fromEntries(READER_FIELDS.map((field, i) => [field, 2 ** 40 + i]));
    accounts.accept(account({ source: 0, sources: 2, attempted: 1, dropped: 9 }));
    accounts.accept(account({ source: 0, sources: 2, ...numbers }));
    accounts.accept(account({ source: 1, sources: 2, ...numbers }));
    const sums = readerSums(accounts);
    expect(sums).toEqual(Object.fromEntries(READER_FIELDS.map((field, i) => [field, 2 * (2 ** 40 + i)])));
    for (const column of ACCOUNT_COLUMNS) expect(accounts.total(column)).toBe(sums[column]);
    expect(accounts.lost(LOST.unseen)).toBe(sums.lost_unseen);
    expect(accounts.note(NOTE.dropped_frames)).toBe(sums.dropped_frames);
  });

  it('reads every place of lost and notes', () => {
    const accounts = new SourceAccounts();
    const payload = accountPayload();
    const view = new DataView(payload.buffer);
    for (let i = 0; i < LOST_PLACES; i++) view.setBigUint64(ACCOUNT.lost + 8 * i, BigInt(100 + i), true);
    for (let i = 0; i < NOTE_PLACES; i++) view.setBigUint64(ACCOUNT.notes + 8 * i, BigInt(200 + i), true);
    expect(accounts.accept(frame(CORE_KIND.account, payload))).toBe(true);
    for (let i = 0; i < LOST_PLACES; i++) expect(accounts.lost(i)).toBe(100 + i);
    for (let i = 0; i < NOTE_PLACES; i++) expect(accounts.note(i)).toBe(200 + i);
  });

  it('knows how far the slowest source has come, and when all have ended', () => {
    const accounts = new SourceAccounts();
    expect([accounts.readNs, accounts.final]).toEqual([-1, false]);
    accounts.accept(account({ source: 1, sources: 2, boot_ns: 5, final: 1 }));
    expect([accounts.readNs, accounts.final]).toEqual([-1, false]);
    accounts.accept(account({ source: 0, sources: 2, boot_ns: 3 }));
    expect([accounts.readNs, accounts.final]).toEqual([3, false]);
    accounts.accept(account({ source: 0, sources: 2, boot_ns: 7, final: 1 }));
    expect([accounts.readNs, accounts.final]).toEqual([5, true]);
  });

  it('refuses what cannot be, and is as before', () => {
    const accounts = new SourceAccounts();
    accounts.accept(account({ source: 0, sources: 2, enqueued: 7 }));
    expect(accounts.accept(frame(CORE_KIND.account, new Uint8Array(ACCOUNT.size - 8)))).toBe(false);
    expect(accounts.accept(account({ source: 1024 }))).toBe(false);
    expect(accounts.accept(account({ source: 1, enqueued: 2 ** 53 }))).toBe(false);
    expect(accounts.accept(account({ source: 1, unnamed: 2n ** 64n - 1n }))).toBe(false);
    expect([accounts.total('enqueued'), accounts.sources, accounts.readNs]).toEqual([7, 2, -1]);
    expect(accounts.accept(account({ source: 2, sources: 2 }))).toBe(false);
    expect(accounts.accept(account({ source: 0, sources: 2, boot_ns: 2 ** 60 }))).toBe(false);
    expect([accounts.total('enqueued'), accounts.sources, accounts.readNs]).toEqual([7, 2, -1]);
    expect(accounts.accept(account({ source: 0, sources: 0xffff }))).toBe(true);
    expect(accounts.sources).toBe(1024);
  });

  it('is told from others by the feature in the frame', () => {
    expect(accountedFeature(account())).toBe(FEATURE);
    expect(accountedFeature(account({ feature: 0x2100 }))).toBe(0x2100);
    expect(accountedFeature(frame(CORE_KIND.account, new Uint8Array(ACCOUNT.size + 8)))).toBe(-1);
  });
});

import { expect, test } from 'vitest';
import { FEATURES } from '../../src/features.js';
import { NOTE_INVALID } from '../../src/ledger/source-accounts.js';

test('every feature has invalid events in the same place of its notes, or leaves that place to them', () => {
  for (const { name, notes } of FEATURES) expect(notes[NOTE_INVALID] ?? 'invalid', name).toBe('invalid');
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConntrailError } from '../../../src/errors.js';
import { Notices } from '../../../src/sinks/kafka/notices.js';

const AWAY = 'CONNTRAIL_KAFKA_UNREACHABLE';
let told: string[];
let notices: Notices;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  told = [];
  notices = new Notices('kafka://b/p', ({ code, sentence }) => told.push(`${sentence} [${code}]`));
});
afterEach(() => void vi.useRealTimers());

test('a trouble is told once, and that it is over', () => {
  notices.trouble(AWAY, 'away');
  notices.trouble(AWAY, 'away');
  expect(notices.last([AWAY])).toBe(true);
  notices.over(AWAY);
  notices.over(AWAY);
  expect(notices.last([AWAY])).toBe(false);
  expect(told).toEqual([`away [${AWAY}]`, `sending to kafka://b/p goes on [${AWAY}]`]);
});

test('one that comes and goes is told once a minute', () => {
  for (let second = 0; second < 150; second++) {
    notices.trouble(AWAY, `away at ${second}`);
    notices.over(AWAY);
    vi.advanceTimersByTime(1000);
  }
  expect(told.filter((line) => line.startsWith('away')).map((line) => line.split(' ')[2])).toEqual(['0', '60', '120']);
  expect(told).toHaveLength(6);
});

test('a death is told, and lasts no longer than it takes; what the dead one told is forgotten', () => {
  notices.trouble(AWAY, 'away');
  notices.event(new ConntrailError('CONNTRAIL_KAFKA_SENDER', 'died'));
  expect(notices.last(['CONNTRAIL_KAFKA_SENDER'])).toBe(false);
  notices.clear();
  expect(notices.last([AWAY])).toBe(false);
  notices.over(AWAY);
  expect(told).toEqual([`away [${AWAY}]`, 'died [CONNTRAIL_KAFKA_SENDER]']);
});
